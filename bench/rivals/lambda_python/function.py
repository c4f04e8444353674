"""Deletes an item that a load balancer asks to delete: the job of Picus's function, with boto3."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import unquote

import boto3

PREFIX = "/picus/"
dynamodb = boto3.client("dynamodb")


def handle(event: dict[str, Any], _: object) -> dict[str, Any]:
    if event["httpMethod"] != "DELETE" or not event["path"].startswith(PREFIX):
        return answer(404, {"detail": "there is nothing here"})
    key = unquote(event["path"].removeprefix(PREFIX))
    try:
        dynamodb.delete_item(
            TableName=os.environ["TABLE"],
            Key={"id": {"S": key}},
            ConditionExpression="attribute_exists(id)",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return answer(404, {"detail": "there is no item with this id"})
    return answer(200, {"id": key, "deleted": True})


def answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body, separators=(",", ":")),
        "isBase64Encoded": False,
    }
