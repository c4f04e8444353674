"""The routes of Picus in Python, as one would write them with Flask and boto3."""

from __future__ import annotations

import os
import uuid
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from flask import Flask, Response, abort, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

TABLE = os.environ["TABLE"]
THREADS = int(os.environ["THREADS"])

# A client may be used by many threads, a resource (`dynamodb.Table`) may not.
dynamodb = boto3.client("dynamodb", config=Config(max_pool_connections=THREADS))
to_attribute = TypeSerializer().serialize
from_attribute = TypeDeserializer().deserialize


class ExactJson(DefaultJSONProvider):
    """DynamoDB's numbers are Decimals, and floats are refused by boto3."""

    sort_keys = False

    @staticmethod
    def default(o: Any) -> Any:
        if isinstance(o, Decimal):
            return int(o) if o == o.to_integral_value() else float(o)
        return DefaultJSONProvider.default(o)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return super().loads(s, parse_float=Decimal, **kwargs)


app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
app.json = ExactJson(app)


@app.post("/picus/put")
def put() -> tuple[Response, int, dict[str, str]]:
    item = request.get_json(force=True)
    if not isinstance(item, dict):
        abort(422, "the body is not a JSON object")
    key = item.setdefault("id", str(uuid.uuid4()))
    if not isinstance(key, str) or not key:
        abort(422, "id is not a string")
    try:
        dynamodb.put_item(
            TableName=TABLE,
            Item={name: to_attribute(value) for name, value in item.items()},
            ConditionExpression="attribute_not_exists(id)",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        abort(409, "there is an item with this id")
    return jsonify(id=key), 201, {"Location": f"/picus/get/{key}"}


@app.get("/picus/get/<key>")
def get(key: str) -> Response:
    answer = dynamodb.get_item(TableName=TABLE, Key={"id": {"S": key}}, ConsistentRead=True)
    if "Item" not in answer:
        abort(404, "there is no item with this id")
    return jsonify(plain(answer["Item"]))


@app.get("/picus/list")
def list_items() -> Response:
    pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
    return jsonify([plain(item) for page in pages for item in page["Items"]])


@app.delete("/picus/<key>")
def delete(key: str) -> Response:
    try:
        dynamodb.delete_item(
            TableName=TABLE,
            Key={"id": {"S": key}},
            ConditionExpression="attribute_exists(id)",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        abort(404, "there is no item with this id")
    return jsonify(id=key, deleted=True)


@app.errorhandler(HTTPException)
def problem(error: HTTPException) -> tuple[Response, int]:
    status = error.code or 500
    return jsonify(status=status, detail=error.description), status


def plain(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: from_attribute(value) for name, value in attributes.items()}
