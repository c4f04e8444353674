"""Events of AWS's services that are no HTTP requests for this function, and some that are.

Each as its service makes it, as far as it matters. Where one has a request in it, that is a DELETE
of an item: whatever carries it out is found by the item that is gone.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

Event = dict[str, Any]

KEY = "precious"
PATH = f"/picus/{KEY}"
REGION = "eu-west-1"
ACCOUNT = "111122223333"
HEADERS = {"Host": "items.example", "Accept": "*/*"}
LISTS = {name: [value] for name, value in HEADERS.items()}
GATEWAY = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:a1b2c3d4e5/prod"
DOMAIN = f"a1b2c3d4e5.execute-api.{REGION}.amazonaws.com"
TEXT = base64.b64encode(b'{"id":"message"}').decode()


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def records(source: str, **members: Any) -> Event:
    return {"Records": [{"eventSource": source, "awsRegion": REGION, **members}]}


def event_bus(source: str, kind: str, **detail: Any) -> Event:
    """What EventBridge delivers."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "time": "2026-11-29T08:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": detail,
    }


def rest_request(**members: Any) -> Event:
    context = {
        "stage": "prod",
        "path": f"/prod{PATH}",
        "httpMethod": "DELETE",
        "domainName": DOMAIN,
        "identity": {"sourceIp": "203.0.113.9"},
    }
    return {
        "resource": "/{proxy+}",
        "path": PATH,
        "httpMethod": "DELETE",
        "headers": HEADERS,
        "multiValueHeaders": LISTS,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": PATH[1:]},
        "stageVariables": None,
        "requestContext": context,
        "body": None,
        "isBase64Encoded": False,
        **members,
    }


def http_request(**members: Any) -> Event:
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": f"/prod{PATH}",
        "rawQueryString": "",
        "headers": {"host": DOMAIN},
        "requestContext": {
            "stage": "prod",
            "domainName": DOMAIN,
            "http": {"method": "DELETE", "path": f"/prod{PATH}", "sourceIp": "203.0.113.9"},
        },
        "isBase64Encoded": False,
        **members,
    }


def balancer_request(**members: Any) -> Event:
    return {
        "requestContext": {
            "elb": {"targetGroupArn": arn("elasticloadbalancing", "targetgroup/p/0")}
        },
        "httpMethod": "DELETE",
        "path": PATH,
        "queryStringParameters": {},
        "headers": {"host": "items.example"},
        "body": "",
        "isBase64Encoded": False,
        **members,
    }


def socket(kind: str, route: str, **members: Any) -> Event:
    """Of a WebSocket API."""
    return {
        "requestContext": {
            "routeKey": route,
            "eventType": kind,
            "messageDirection": "IN",
            "stage": "prod",
            "domainName": DOMAIN,
            "connectionId": "Yv7mGdZ5joECHmQ=",
            "apiId": "a1b2c3d4e5",
        },
        "isBase64Encoded": False,
        **members,
    }


LOG_LINES = {"messageType": "DATA_MESSAGE", "logGroup": "/app", "logEvents": [{"message": "x"}]}
PACKED_LOG = base64.b64encode(gzip.compress(json.dumps(LOG_LINES).encode())).decode()

AUTHORIZERS: dict[str, Event] = {
    "a token authorizer of a REST API": {
        "type": "TOKEN",
        "authorizationToken": "Bearer x",
        "methodArn": f"{GATEWAY}/DELETE{PATH}",
    },
    "a request authorizer of a REST API": rest_request(
        type="REQUEST", methodArn=f"{GATEWAY}/DELETE{PATH}"
    ),
    "a request authorizer of an HTTP API, format 1.0": rest_request(
        version="1.0",
        type="REQUEST",
        methodArn=f"{GATEWAY}/DELETE{PATH}",
        identitySource="Bearer x",
        authorizationToken="Bearer x",
    ),
    "a request authorizer of an HTTP API, format 2.0": http_request(
        type="REQUEST", routeArn=f"{GATEWAY}/DELETE{PATH}", identitySource=["Bearer x"]
    ),
    "an authorizer with a route alone": http_request(routeArn=f"{GATEWAY}/DELETE{PATH}"),
    "an authorizer with a method alone": rest_request(methodArn=f"{GATEWAY}/DELETE{PATH}"),
    "an authorizer in a load balancer's form": balancer_request(type="REQUEST"),
    "an authorizer of a WebSocket API": {
        **socket("CONNECT", "$connect", headers=HEADERS, multiValueHeaders=LISTS),
        "type": "REQUEST",
        "methodArn": f"{GATEWAY}/$connect",
    },
}

SOCKETS: dict[str, Event] = {
    "a WebSocket that connects": socket("CONNECT", "$connect", headers=HEADERS),
    "a WebSocket that disconnects": socket("DISCONNECT", "$disconnect", headers=HEADERS),
    "a WebSocket's message": socket("MESSAGE", "$default", body='{"action":"delete"}'),
    "a WebSocket with a request's members": socket(
        "CONNECT", "$connect", resource="/", path=PATH, httpMethod="DELETE", headers=HEADERS
    ),
    "a WebSocket in the form of payload 2.0": {
        **http_request(),
        "requestContext": {
            **http_request()["requestContext"],
            "connectionId": "Yv7mGdZ5joECHmQ=",
        },
    },
}

MESSAGES: dict[str, Event] = {
    "a queue": records(
        "aws:sqs", messageId="1", receiptHandle="h", body=json.dumps(rest_request())
    ),
    "a queue of first in, first out": records(
        "aws:sqs", messageId="1", body="{}", attributes={"MessageGroupId": "g"}
    ),
    "a batch of a queue": {"Records": records("aws:sqs", body="{}")["Records"] * 10},
    "a topic": {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "Sns": {"Message": "x", "Subject": None},
            }
        ]
    },
    "a stream of a table": records(
        "aws:dynamodb",
        eventName="REMOVE",
        dynamodb={"Keys": {"id": {"S": KEY}}, "SequenceNumber": "1", "StreamViewType": "KEYS_ONLY"},
    ),
    "a stream of a table, after its window": {
        "window": {"start": "2026-11-29T08:00:00Z", "end": "2026-11-29T08:01:00Z"},
        "state": {},
        "isFinalInvokeForWindow": True,
        **records("aws:dynamodb", eventName="INSERT", dynamodb={}),
    },
    "a Kinesis stream": records("aws:kinesis", kinesis={"partitionKey": "1", "data": TEXT}),
    "a Firehose stream": {
        "invocationId": "1",
        "deliveryStreamArn": arn("firehose", "deliverystream/d"),
        "region": REGION,
        "records": [{"recordId": "1", "data": TEXT}],
    },
    "a managed Kafka": {
        "eventSource": "aws:kafka",
        "eventSourceArn": arn("kafka", "cluster/c/0"),
        "records": {"t-0": [{"topic": "t", "partition": 0, "offset": 1, "value": TEXT}]},
    },
    "an own Kafka": {
        "eventSource": "SelfManagedKafka",
        "bootstrapServers": "b:9092",
        "records": {"t-0": [{"topic": "t", "headers": [], "value": TEXT}]},
    },
    "an ActiveMQ broker": {
        "eventSource": "aws:mq",
        "eventSourceArn": arn("mq", "broker:b:1"),
        "messages": [{"messageID": "1", "messageType": "jms/text-message", "data": TEXT}],
    },
    "a RabbitMQ broker": {
        "eventSource": "aws:rmq",
        "eventSourceArn": arn("mq", "broker:b:2"),
        "rmqMessagesByQueue": {"q::/": [{"basicProperties": {}, "data": TEXT}]},
    },
    "a document database": {
        "eventSourceArn": arn("rds", "cluster:c"),
        "events": [{"event": {"operationType": "delete", "ns": {"db": "d", "coll": "c"}}}],
        "eventSource": "aws:docdb",
    },
    "an object": records(
        "aws:s3",
        eventName="ObjectCreated:Put",
        s3={"bucket": {"name": "b"}, "object": {"key": KEY}},
    ),
    "a test of a bucket's notifications": {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Bucket": "b",
    },
    "a batch job over objects": {
        "invocationSchemaVersion": "1.0",
        "invocationId": "1",
        "job": {"id": "1"},
        "tasks": [{"taskId": "1", "s3Key": KEY, "s3BucketArn": "arn:aws:s3:::b"}],
    },
    "an access point of objects": {
        "xAmzRequestId": "1",
        "getObjectContext": {"inputS3Url": "https://b.example/x", "outputRoute": "r"},
        "userRequest": {"url": f"https://b.example{PATH}", "headers": HEADERS},
        "protocolVersion": "1.00",
    },
    "a mail": records("aws:ses", ses={"mail": {"messageId": "1"}, "receipt": {"action": {}}}),
    "a change of a repository": records("aws:codecommit", codecommit={"references": []}),
    "lines of a log": {"awslogs": {"data": PACKED_LOG}},
    "an alarm": {
        "source": "aws.cloudwatch",
        "alarmArn": arn("cloudwatch", "alarm:a"),
        "accountId": ACCOUNT,
        "alarmData": {"alarmName": "a", "state": {"value": "ALARM"}},
    },
    "a destination of an invocation that failed": {
        "version": "1.0",
        "timestamp": "2026-11-29T08:00:00Z",
        "requestContext": {
            "requestId": "1",
            "functionArn": arn("lambda", "function:f"),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": rest_request(),
        "responseContext": {"statusCode": 200},
        "responsePayload": {},
    },
}

BUS: dict[str, Event] = {
    "a schedule": event_bus("aws.events", "Scheduled Event"),
    "a schedule of EventBridge Scheduler": event_bus("aws.scheduler", "Scheduled Event"),
    "an object, over the bus": event_bus("aws.s3", "Object Created", bucket={"name": "b"}),
    "a request in a detail": event_bus("items.example", "request", **rest_request()),
    "a call in the trail": event_bus("aws.dynamodb", "AWS API Call via CloudTrail", eventName="x"),
    "an instance that stops": event_bus("aws.ec2", "EC2 Instance State-change Notification"),
    "a task that stops": event_bus("aws.ecs", "ECS Task State Change", lastStatus="STOPPED"),
    "an image that was pushed": event_bus("aws.ecr", "ECR Image Action", result="SUCCESS"),
    "a finding": event_bus("aws.guardduty", "GuardDuty Finding", type="Recon:EC2/Portscan"),
}

HOOKS: dict[str, Event] = {
    "a custom resource": {
        "RequestType": "Delete",
        "ResponseURL": "https://bucket.example/x",
        "StackId": arn("cloudformation", "stack/s/0"),
        "RequestId": "1",
        "LogicalResourceId": "R",
        "ResourceType": "Custom::R",
        "ResourceProperties": {},
    },
    "a hook of CodeDeploy": {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"},
    "a hook of ECS": {
        "executionId": "e-1",
        "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
        "resourceArn": arn("ecs", "service-deployment/c/s/1"),
    },
    "a job of a pipeline": {"CodePipeline.job": {"id": "1", "accountId": ACCOUNT, "data": {}}},
    "a rule of Config": {
        "version": "1.0",
        "invokingEvent": "{}",
        "ruleParameters": "{}",
        "resultToken": "t",
        "eventLeftScope": False,
    },
    "the rotation of a secret": {
        "SecretId": arn("secretsmanager", "secret:s"),
        "ClientRequestToken": "t",
        "Step": "createSecret",
    },
    "a sign-up at a user pool": {
        "version": "1",
        "region": REGION,
        "userPoolId": f"{REGION}_x",
        "triggerSource": "PreSignUp_SignUp",
        "userName": "u",
        "request": {"userAttributes": {}},
        "response": {},
    },
    "a resolver of GraphQL": {
        "arguments": {"id": KEY},
        "identity": None,
        "request": {"headers": HEADERS, "domainName": None},
        "info": {"fieldName": "delete", "parentTypeName": "Mutation"},
    },
    "an authorizer of GraphQL": {
        "authorizationToken": "x",
        "requestContext": {"apiId": "a", "requestId": "1", "queryString": "mutation { delete }"},
        "requestHeaders": HEADERS,
    },
    "an authorizer of IoT": {
        "token": "t",
        "signatureVerified": True,
        "protocols": ["http"],
        "protocolData": {"http": {"headers": HEADERS, "queryString": ""}},
        "connectionMetadata": {"id": "1"},
    },
    "a rule of IoT": {"temperature": 22.5, "topic": "t"},
    "an identity provider of Transfer Family": {
        "username": "u",
        "password": "p",
        "protocol": "SFTP",
        "serverId": "s-1",
        "sourceIp": "203.0.113.9",
    },
    "a request at the edge": {
        "Records": [
            {
                "cf": {
                    "config": {"eventType": "viewer-request", "distributionId": "D"},
                    "request": {"method": "DELETE", "uri": PATH, "headers": {}, "querystring": ""},
                }
            }
        ]
    },
    "an agent's action": {
        "messageVersion": "1.0",
        "agent": {"name": "a", "id": "1"},
        "actionGroup": "g",
        "apiPath": PATH,
        "httpMethod": "DELETE",
        "parameters": [],
        "sessionId": "1",
    },
    "a bot": {
        "messageVersion": "1.0",
        "invocationSource": "FulfillmentCodeHook",
        "sessionState": {"intent": {"name": "Delete", "slots": {}}},
        "bot": {"name": "b"},
    },
    "a contact centre's flow": {
        "Name": "ContactFlowEvent",
        "Details": {"ContactData": {"Channel": "VOICE"}, "Parameters": {}},
    },
    "a step of a state machine": {"Execution": {"Id": "1"}, "input": rest_request()},
    "a service of Lattice, version 1": {
        "raw_path": PATH,
        "method": "DELETE",
        "headers": HEADERS,
        "query_string_parameters": {},
        "body": "",
        "is_base64_encoded": False,
    },
    "a service of Lattice, version 2": {
        "version": "2.0",
        "path": PATH,
        "method": "DELETE",
        "headers": LISTS,
        "requestContext": {
            "serviceNetworkArn": arn("vpc-lattice", "servicenetwork/n"),
            "serviceArn": arn("vpc-lattice", "service/s"),
            "region": REGION,
        },
    },
    "a request without its context": {
        name: value for name, value in rest_request().items() if name != "requestContext"
    },
    "the console's first test": {"key1": "value1", "key2": "value2", "key3": "value3"},
}

PAGE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}

# Requests that look unusual, with the status of their response.
REQUESTS: dict[str, tuple[Event, int]] = {
    "a test of API Gateway's console": (
        rest_request(
            path="/livez",
            httpMethod="GET",
            requestContext={"stage": "test-invoke-stage", "path": "/livez", "httpMethod": "GET"},
        ),
        200,
    ),
    "a page that leads to an item": (
        balancer_request(
            httpMethod="GET",
            path=f"/picus/get/{KEY}",
            headers={"host": "items.example", **PAGE},
        ),
        200,
    ),
    "a page that deletes an item": (
        balancer_request(headers={"host": "items.example", **PAGE}),
        403,
    ),
    "a custom domain": (
        http_request(
            rawPath="/store/livez",
            requestContext={
                "stage": "$default",
                "domainName": "items.example",
                "http": {"method": "GET", "path": "/store/livez"},
            },
        ),
        200,
    ),
    "a path that is no text": (balancer_request(path=7), 400),
    "a body that is no base64": (rest_request(body="?", isBase64Encoded=True), 400),
}
