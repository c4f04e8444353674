"""What moto's CloudFormation lacks of what our templates say.

Types that it does not know get a name and attributes, and are nothing else. Functions and
attributes are mended.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.awslambda import lambda_backends
from moto.awslambda.models import LambdaVersion, Permission
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack
from moto.core.common_models import CloudFormationModel
from moto.core.utils import camelcase_to_underscores, pascal_to_camelcase, remap_nested_keys
from moto.dynamodb.models.table import Table
from moto.ec2 import ec2_backends
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.vpcs import VPC
from moto.ecs import ecs_backends
from moto.ecs.models import Service, TaskDefinition
from moto.elbv2.models import FakeTargetGroup

from deploy.code_deploy import CodeDeploy

KNOWN: set[str]  # the types that moto has itself

# The types of ours that moto has no model of; a test compares this with the templates.
LACKING = {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
}
# Those of the function, whose template osls makes.
LACKING_OF_FUNCTION = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Lambda::Alias",
}


class Nameless(CloudFormationModel):
    """A resource that is a name."""

    kind = ""

    def __init__(self, name: str, properties: dict[str, Any]) -> None:
        self.name = name
        self.properties = properties

    @property
    def physical_resource_id(self) -> str:
        return self.name

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:  # noqa: ARG003
        return True

    def get_cfn_attribute(self, attribute: str) -> str:
        return f"{self.name}.{attribute}"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], *_: Any, **__: Any
    ) -> Nameless:
        made = cls(resource_name, cloudformation_json.get("Properties", {}))
        made.changed()
        return made

    @classmethod
    def update_from_cloudformation_json(  # type: ignore[override]
        cls, original_resource: Nameless, cloudformation_json: dict[str, Any], **_: Any
    ) -> Nameless:
        original_resource.properties = cloudformation_json.get("Properties", {})
        original_resource.changed()
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *_: Any) -> None:
        pass

    def changed(self) -> None:
        """For those that are more than a name."""


class DeploymentGroup(Nameless):
    """What CodeDeploy's stand-in, that of the account, has to know."""

    code_deploy: CodeDeploy

    def changed(self) -> None:
        self.code_deploy.add_group(self.properties["ApplicationName"], self.name, self.properties)


ALIAS = ("Name", "FunctionName", "FunctionVersion")


class Alias(Nameless):
    """An alias of moto's Lambda, which moto's CloudFormation does not make."""

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,  # noqa: ARG003
        cloudformation_json: dict[str, Any],
        *where: Any,
        **more: Any,
    ) -> Nameless:
        account, region = (*where, *more.values())[:2]
        asked = cloudformation_json["Properties"]
        made = lambda_backends[account][region].create_alias(
            asked["Name"], asked["FunctionName"], asked["FunctionVersion"], "", ""
        )
        return cls(made.arn, asked)

    @classmethod
    def update_from_cloudformation_json(  # type: ignore[override]
        cls,
        original_resource: Nameless,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> Nameless:
        """By CodeDeploy, where the update policy says so."""
        asked, known = cloudformation_json["Properties"], lambda_backends[account_id][region_name]
        name, function, version = (asked[one] for one in ALIAS)
        if known.get_alias(name, function).function_version == version:
            return original_resource
        policy = cloudformation_json.get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate")
        if policy and known.get_alias("next", function).function_version != version:
            assert DeploymentGroup.code_deploy.rolls_back, "the hook verifies another version"
        elif policy and not DeploymentGroup.code_deploy.moves(policy):
            return original_resource
        known.update_alias(name, function, version, "", "")
        return original_resource


MORE = {"AWS::CodeDeploy::DeploymentGroup": DeploymentGroup, "AWS::Lambda::Alias": Alias}


def stand_in(kind: str) -> type[CloudFormationModel]:
    """A class of its own for each type: moto finds them among the subclasses of its own base."""
    base = MORE.get(kind, Nameless)
    members = {
        "kind": kind,
        "cloudformation_type": staticmethod(lambda: kind),
        "cloudformation_name_type": staticmethod(lambda: ""),
    }
    return type(kind.replace("::", ""), (base, CloudFormationModel), members)


_clean = parsing.clean_json


def clean(value: Any, resources: Any) -> Any:
    """With `Fn::Cidr`, and with a made-up text for the attributes that moto lacks."""
    if isinstance(value, dict) and "Fn::Cidr" in value:
        block, count, bits = clean(value["Fn::Cidr"], resources)
        subnets = ipaddress.ip_network(block).subnets(new_prefix=32 - int(bits))
        return [str(subnet) for subnet, _ in zip(subnets, range(int(count)), strict=False)]
    if isinstance(value, list):  # `AWS::NoValue` leaves no hole
        return [one for one in (clean(one, resources) for one in value) if one is not None]
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        try:
            found = _clean(value, resources)
        except (ValidationError, AttributeError):  # the latter where it has no attributes at all
            found = value
        return ".".join(value["Fn::GetAtt"]) if isinstance(found, dict) else found
    return _clean(value, resources)


_permit = Permission.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]


def permit(
    cls: type[Permission], name: str, definition: dict[str, Any], *rest: Any, **more: Any
) -> Permission:
    """Moto gives permissions to functions, not to their aliases, which it does not make."""
    properties = definition["Properties"]
    function = ":".join(properties["FunctionName"].split(":")[:7])
    mended = {**definition, "Properties": {**properties, "FunctionName": function}}
    made: Permission = _permit(cls, name, mended, *rest, **more)
    return made


def task_definition(
    _: type[TaskDefinition],
    __: str,
    definition: dict[str, Any],
    account_id: str,
    region_name: str,
    **___: Any,
) -> TaskDefinition:
    """With all of its members: moto keeps four."""
    members = dict(definition["Properties"])
    for name in ("Cpu", "Memory"):
        members[name] = str(members[name])
    asked = {camelcase_to_underscores(k): v for k, v in members.items()}
    asked = {k: remap_nested_keys(v, pascal_to_camelcase) for k, v in asked.items()}
    made: TaskDefinition = ecs_backends[account_id][region_name].register_task_definition(**asked)
    return made


def updated_task_definition(
    cls: type[TaskDefinition], new_resource_name: str, cloudformation_json: Any, **more: Any
) -> TaskDefinition:
    """A new revision; the old one stays, as our template has it."""
    return task_definition(cls, new_resource_name, cloudformation_json, **more)


_table = Table.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]


def table(
    cls: type[Table], name: str, definition: dict[str, Any], *rest: Any, **more: Any
) -> Table:
    """Moto takes the text `false` for true."""
    properties = dict(definition["Properties"])
    properties["DeletionProtectionEnabled"] = properties["DeletionProtectionEnabled"] == "true"
    made: Table = _table(cls, name, {**definition, "Properties": properties}, *rest, **more)
    return made


_service = Service.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]


def service(cls: type[Service], name: str, definition: Any, *rest: Any, **more: Any) -> Service:
    """Moto takes a service for one that rolls on EC2: CodeDeploy's has task sets instead of
    deployments."""
    made: Service = _service(cls, name, definition, *rest, **more)
    properties = definition["Properties"]
    made.launch_type = properties["LaunchType"]
    made.deployment_controller = {"type": properties["DeploymentController"]["Type"]}
    made.deployments = []
    return made


def same_group(
    _: type[SecurityGroup], original_resource: SecurityGroup, **__: Any
) -> SecurityGroup:
    """Rules change in place; moto makes another group. Nobody here looks at the rules."""
    return original_resource


_vpc = VPC.delete_from_cloudformation_json.__func__  # type: ignore[attr-defined]


def without_vpc(cls: type[VPC], name: str, definition: Any, account: str, region: str) -> None:
    """Moto deletes no route tables, and then not the network that they are in."""
    tables = ec2_backends[account][region].route_tables
    for identifier in [one for one, made in tables.items() if made.vpc_id == name]:
        del tables[identifier]
    _vpc(cls, name, definition, account, region)


_generate = parsing.generate_resource_name


def generated(resource_type: str, stack_name: str, logical_id: str) -> str:
    """ECR takes small letters only, and CloudFormation knows that."""
    name = _generate(resource_type, stack_name, logical_id)
    return name.lower() if resource_type == "AWS::ECR::Repository" else name


def of_group(group: FakeTargetGroup, attribute: str) -> str:
    """The names of a target group: moto knows none."""
    known = {
        "TargetGroupName": group.name,
        "TargetGroupFullName": group.arn.rsplit(":", 1)[-1],
        "TargetGroupArn": group.arn,
    }
    return known[attribute]


def update_its_function(resources: parsing.ResourceMap, definition: Any) -> None:
    """A version is published of a function that is up to date: moto adds before it modifies."""
    if definition["Type"] != "AWS::Lambda::Version":
        return
    function = definition["Properties"]["FunctionName"]["Ref"]
    if function in resources._parsed_resources:
        where = {"account_id": resources._account_id, "region_name": resources._region_name}
        updated(function, resources._resource_json_map[function], resources, **where)


_resource = parsing.ResourceMap.__getitem__


def after_its_dependencies(resources: parsing.ResourceMap, name: str) -> Any:
    """An output may ask for a resource first; those that it depends on come before it still."""
    definition = resources._resource_json_map.get(name)
    if definition and name not in resources._parsed_resources:
        update_its_function(resources, definition)
    if definition and name not in resources._parsed_resources:
        before = definition.get("DependsOn", [])
        for one in [before] if isinstance(before, str) else before:
            resources[one]
    new = definition and name not in resources._parsed_resources
    found = _resource(resources, name)
    if new and definition:
        rendered(resources)[name] = clean(definition.get("Properties", {}), resources)
    return found


def rendered(resources: parsing.ResourceMap) -> dict[str, Any]:
    """The properties that each resource was last made of."""
    made: dict[str, Any] = resources.__dict__.setdefault("rendered", {})
    return made


_delete = parsing.ResourceMap.delete


def delete_but_retain(resources: parsing.ResourceMap) -> None:
    """Moto knows one of the policies that retain."""
    for definition in resources._resource_json_map.values():
        if definition.get("DeletionPolicy") == "RetainExceptOnCreate":
            definition["DeletionPolicy"] = "Retain"
    _delete(resources)


def that_are_there(stack: Stack) -> list[Any]:
    """Moto lists those too whose condition does not hold, as nothing."""
    return [one for one in stack.resource_map.values() if one is not None]


_update = parsing.parse_and_update_resource


def updated(logical_id: str, definition: Any, resources: parsing.ResourceMap, **more: Any) -> Any:
    """Moto forgets what it has no way to update, and makes some anew that have not changed."""
    there = resources[logical_id]
    now = clean(definition.get("Properties", {}), resources)
    if rendered(resources).get(logical_id) == now:
        return there
    rendered(resources)[logical_id] = now
    return _update(logical_id, definition, resources, **more) or there


def mend() -> None:
    """Once, before the first stack."""
    global KNOWN  # noqa: PLW0603
    KNOWN = {model.cloudformation_type() for model in CloudFormationModel.__subclasses__()}
    for kind in sorted(LACKING | LACKING_OF_FUNCTION):
        stand_in(kind)
    for model in CloudFormationModel.__subclasses__():
        model.has_cfn_attr = classmethod(lambda _, __: True)  # type: ignore
    parsing.get_model_list.cache_clear()
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()
    parsing.ResourceMap.__getitem__ = after_its_dependencies  # type: ignore[method-assign]
    parsing.clean_json = clean  # type: ignore[assignment]
    Permission.create_from_cloudformation_json = classmethod(permit)  # type: ignore[assignment]
    SecurityGroup.update_from_cloudformation_json = classmethod(same_group)  # type: ignore
    VPC.delete_from_cloudformation_json = classmethod(without_vpc)  # type: ignore[assignment]
    Table.create_from_cloudformation_json = classmethod(table)  # type: ignore[assignment]
    Service.create_from_cloudformation_json = classmethod(service)  # type: ignore[assignment]
    TaskDefinition.create_from_cloudformation_json = classmethod(  # type: ignore[assignment]
        task_definition
    )
    TaskDefinition.update_from_cloudformation_json = classmethod(  # type: ignore[assignment]
        updated_task_definition
    )
    LambdaVersion.get_cfn_attribute = lambda made, _: str(made.version)  # type: ignore
    FakeTargetGroup.get_cfn_attribute = of_group  # type: ignore[attr-defined]
    parsing.ResourceMap.delete = delete_but_retain  # type: ignore
    Stack.stack_resources = property(that_are_there)  # type: ignore
    parsing.parse_and_update_resource = updated  # type: ignore[assignment]
    parsing.generate_resource_name = generated
