"""What `osls package` makes of deploy/serverless/serverless.yml."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.cloudformation import TEMPLATES, Template, load, of_type, parameters
from harness.osls import package

ALIAS = "live"
NEXT = "NextAlias"
GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
INTEGRATION = "AWS::ApiGatewayV2::Integration"
LAMBDA_ALIAS = "AWS::Lambda::Alias"
VERSION = "AWS::Lambda::Version"
# Of these cfn-lint thinks otherwise than osls, which we cannot tell how to write.
OSLS_WAYS = (
    "W3005",  # it names a dependency that a reference has made already
    "I1022",  # it joins with an empty delimiter
)


def properties(template: Template, kind: str) -> list[dict[str, Any]]:
    return [template["Resources"][name]["Properties"] for name in sorted(of_type(template, kind))]


def imports(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in imports(one)}
    if not isinstance(value, dict):
        return set()
    own = {value["Fn::ImportValue"]} if "Fn::ImportValue" in value else set()
    return own | {name for one in value.values() for name in imports(one)}


def exports(environment: str) -> set[str]:
    """Of all our stacks."""
    found = set()
    for path in TEMPLATES.glob("*.yaml"):
        for output in load(path.stem).get("Outputs", {}).values():
            name = output.get("Export", {}).get("Name", {}).get("Fn::Sub", "")
            found.add(name.replace("${AWS::StackName}", f"picus-{environment}-{path.stem}"))
    return found


def test_cfn_lint_has_nothing_to_say(template: Template, tmp_path: Path) -> None:
    file = tmp_path / "function.json"
    file.write_text(json.dumps(template), encoding="utf-8")
    command: list[str | Path] = [
        Path(sys.executable).with_name("cfn-lint"),
        "--include-checks",
        "I",
    ]
    command += ["--ignore-checks", *OSLS_WAYS, "--", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_imported_is_what_our_stacks_export(template: Template, environment: str) -> None:
    wanted = imports(template)
    assert wanted
    assert wanted <= exports(environment)


def test_only_deletions_reach_the_function(template: Template) -> None:
    rules = properties(template, "AWS::ElasticLoadBalancingV2::ListenerRule")
    for rule in rules:
        path, method = rule["Conditions"]
        assert path == {"Field": "path-pattern", "Values": ["/picus*"]}
        assert method["HttpRequestMethodConfig"] == {"Values": ["DELETE"]}
    routes = properties(template, "AWS::ApiGatewayV2::Route")
    assert {route["RouteKey"] for route in routes} == {"DELETE /picus", "DELETE /picus/{key}"}
    (function,) = properties(template, "AWS::Lambda::Function")
    assert function["Environment"]["Variables"]["PICUS_OPERATIONS"] == "delete"


def test_both_listeners_have_the_rule(template: Template) -> None:
    rules = properties(template, "AWS::ElasticLoadBalancingV2::ListenerRule")
    listeners = [rule["ListenerArn"]["Fn::ImportValue"].rpartition("-")[2] for rule in rules]
    assert sorted(listeners) == ["ProductionListener", "TestListener"]


def test_the_api_lets_in_nobody_without_a_signature(template: Template) -> None:
    for route in properties(template, "AWS::ApiGatewayV2::Route"):
        assert route["AuthorizationType"] == "AWS_IAM"


def test_the_api_passes_on_a_limited_number_of_requests(
    template: Template, environment: str
) -> None:
    (stage,) = properties(template, "AWS::ApiGatewayV2::Stage")
    most = int(parameters(environment, "function")["ApiRequestsPerSecond"])
    settings = stage["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] == settings["ThrottlingBurstLimit"] == most


def test_all_that_invokes_the_function_invokes_its_alias(template: Template) -> None:
    (version,) = of_type(template, VERSION)
    newest = {"Fn::GetAtt": [version, "Version"]}
    aliases = {one["Name"]: one["FunctionVersion"] for one in properties(template, LAMBDA_ALIAS)}
    kept = {"Fn::If": ["KeepsLive", {"Ref": "LiveVersion"}, newest]}
    assert aliases == {ALIAS: kept, "next": newest}
    targets = [group["Targets"][0]["Id"] for group in properties(template, GROUP)]
    targets += [one["IntegrationUri"] for one in properties(template, INTEGRATION)]
    targets += [one["FunctionName"] for one in properties(template, "AWS::Lambda::Permission")]
    of_tests = [one for one in targets if one == {"Ref": NEXT}]
    assert len(of_tests) == 2  # a target and its permission
    assert len(targets) == 7
    for target in targets:
        assert target in of_tests or target["Fn::Join"][1][-1] == ALIAS


def test_the_test_listener_leads_to_the_newest_version_and_the_other_to_that_of_clients(
    template: Template,
) -> None:
    resources = template["Resources"]
    led = {}
    for name in of_type(template, "AWS::ElasticLoadBalancingV2::ListenerRule"):
        rule = resources[name]["Properties"]
        group = resources[rule["Actions"][0]["TargetGroupArn"]["Ref"]]["Properties"]
        listener = rule["ListenerArn"]["Fn::ImportValue"].rpartition("-")[2]
        led[listener] = group["Targets"][0]["Id"] == {"Ref": NEXT}
    assert led == {"ProductionListener": False, "TestListener": True}


def test_codedeploy_moves_the_clients_and_verifies_before(
    template: Template, environment: str
) -> None:
    """After everything that the verification goes through."""
    alias = template["Resources"]["DeleteAlias"]
    assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"] == {
        "ApplicationName": {"Ref": "Application"},
        "DeploymentGroupName": {"Ref": "DeploymentGroup"},
        "BeforeAllowTrafficHook": {"Ref": "VerifyFunction"},
    }
    assert set(alias["DependsOn"]) == {"TestRule", "DeploymentGroup"}
    (group,) = properties(template, "AWS::CodeDeploy::DeploymentGroup")
    given = parameters(environment, "function")["DeploymentConfiguration"]
    assert group["DeploymentConfigName"] == given
    assert len(group["AlarmConfiguration"]["Alarms"]) == 3


def test_nobody_may_invoke_it_but_its_own_load_balancer_and_api(template: Template) -> None:
    for permission in properties(template, "AWS::Lambda::Permission"):
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["SourceArn"], permission["Principal"]


def test_the_load_balancer_hands_on_headers_that_come_twice(template: Template) -> None:
    groups = properties(template, GROUP)
    assert len(groups) == 2
    for group in groups:
        attribute = {"Key": "lambda.multi_value_headers.enabled", "Value": True}
        assert attribute in group["TargetGroupAttributes"]


def test_it_is_traced_and_its_log_does_not_grow_for_ever(
    template: Template, environment: str
) -> None:
    (function,) = properties(template, "AWS::Lambda::Function")
    assert function["TracingConfig"] == {"Mode": "Active"}
    days = parameters(environment, "function")["LogRetentionDays"]
    logs = properties(template, "AWS::Logs::LogGroup")
    assert len(logs) == 2
    for log in logs:
        assert str(log["RetentionInDays"]) == days


def test_a_changed_program_is_another_version(
    environment: str, template: Template, archive: Path, tmp_path: Path
) -> None:
    other = tmp_path / "picus-lambda.zip"
    other.write_bytes(archive.read_bytes() + b"\0")
    changed = package(environment, tmp_path / "package", other)
    assert of_type(changed, VERSION) != of_type(template, VERSION)


def test_another_table_is_another_version(
    environment: str, template: Template, archive: Path, tmp_path: Path
) -> None:
    """Else clients would stay at the table that was served before."""
    changed = package(environment, tmp_path / "package", archive, "--param", "table=another")
    assert of_type(changed, VERSION) != of_type(template, VERSION)
