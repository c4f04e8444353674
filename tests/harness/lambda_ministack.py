"""The packed function behind ministack's load balancer, APIs and function URLs."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore.session

from harness.dynamodb import DynamoDbLocal
from harness.lambda_process import variables_of
from harness.ministack import REGION, Ministack

PACK = Path(__file__).resolve().parents[2] / "scripts" / "lambda_zip.py"
MENDED = Path(__file__).resolve().with_name("ministack_mended.py")
ROLE = "arn:aws:iam::000000000000:role/picus"


def packed(bootstrap: Path, directory: Path) -> bytes:
    archive = directory / "picus-lambda.zip"
    command = [sys.executable, str(PACK), str(bootstrap), str(archive)]
    subprocess.run(command, check=True, capture_output=True)
    return archive.read_bytes()


class LambdaHost:
    """A ministack of its own that has the zip, and makes functions of it."""

    def __init__(self, bootstrap: Path, directory: Path, dynamodb: DynamoDbLocal) -> None:
        self._dynamodb = dynamodb
        self._numbers = itertools.count(1)
        self._zip = packed(bootstrap, directory)
        self._ministack = Ministack(directory, program=MENDED)
        self._session = botocore.session.get_session()

    def _aws(self, service: str) -> Any:
        return self._session.create_client(
            service,
            region_name=REGION,
            endpoint_url=self._ministack.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def create_function(self, table: str, env: dict[str, str]) -> tuple[str, str]:
        """Its name and ARN."""
        name = f"picus-{next(self._numbers)}"
        made = self._aws("lambda").create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Role=ROLE,
            Handler="bootstrap",
            Code={"ZipFile": self._zip},
            Timeout=30,
            Environment={"Variables": variables_of(self._dynamodb, table) | env},
        )
        return name, made["FunctionArn"]

    def behind_load_balancer(self, name: str, arn: str) -> str:
        return self._behind_load_balancer(name, arn, multi_value=False)

    def behind_multi_value_load_balancer(self, name: str, arn: str) -> str:
        return self._behind_load_balancer(name, arn, multi_value=True)

    def _behind_load_balancer(self, name: str, arn: str, *, multi_value: bool) -> str:
        """The URL of a load balancer with the function as its only target."""
        elb = self._aws("elbv2")
        balancer = elb.create_load_balancer(Name=name)["LoadBalancers"][0]
        group = elb.create_target_group(Name=name, TargetType="lambda")["TargetGroups"][0]
        form = {"Key": "lambda.multi_value_headers.enabled", "Value": str(multi_value).lower()}
        elb.modify_target_group_attributes(
            TargetGroupArn=group["TargetGroupArn"], Attributes=[form]
        )
        elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": arn}])
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=self._ministack.port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
        )
        return f"{self._ministack.url}/_alb/{name}"

    def behind_function_url(self, name: str, arn: str) -> str:  # noqa: ARG002
        made = self._aws("lambda").create_function_url_config(FunctionName=name, AuthType="NONE")
        identity = made["FunctionUrl"].removeprefix("https://").split(".")[0]
        return f"{self._ministack.url}/_aws/lambda-url/{identity}"

    def behind_http_api(self, name: str, arn: str) -> str:
        gateway = self._aws("apigatewayv2")
        api = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
        integration = gateway.create_integration(
            ApiId=api,
            IntegrationType="AWS_PROXY",
            IntegrationUri=arn,
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        gateway.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{integration}")
        gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
        return f"{self._ministack.url}/_aws/execute-api/{api}/$default"

    def behind_rest_api(self, name: str, arn: str) -> str:
        gateway = self._aws("apigateway")
        api = gateway.create_rest_api(name=name, binaryMediaTypes=["*/*"])["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        proxy = gateway.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
        for resource in (root, proxy):
            method = {"restApiId": api, "resourceId": resource, "httpMethod": "ANY"}
            gateway.put_method(**method, authorizationType="NONE")
            gateway.put_integration(
                **method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri
            )
        gateway.create_deployment(restApiId=api, stageName="prod")
        return f"{self._ministack.url}/_aws/execute-api/{api}/prod"

    def stop(self) -> None:
        self._ministack.stop()
