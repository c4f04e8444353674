"""Runs ministack, with what it does otherwise than Lambda and load balancers mended.

- Its Runtime API answers every call of `next` with the same event, until it ends the process.
  Lambda's lets the second call wait: here that connection is closed.
- It notices that an invocation is over when it looks, every 500 ms. Here it looks more often.
- Its load balancer puts headers and parameters into an event in both forms. AWS's uses the one that
  the target group's attribute `lambda.multi_value_headers.enabled` says.
"""

from __future__ import annotations

import http.server
import runpy
import socketserver
from typing import Any

from ministack.services import alb, lambda_svc

POLL_SECONDS = 0.002
MULTI_VALUE = {"Key": "lambda.multi_value_headers.enabled", "Value": "true"}
ONE = ("headers", "queryStringParameters")
MANY = ("multiValueHeaders", "multiValueQueryStringParameters")

execute = lambda_svc._execute_function_with_config_scope


class OnceHandler(http.server.BaseHTTPRequestHandler):
    """Of one server for each invocation."""

    server: Any

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if not self.path.endswith("/runtime/invocation/next"):
            return True
        if getattr(self.server, "was_asked", False):
            self.close_connection = True
            return False
        self.server.was_asked = True
        return True


def execute_in_one_form(record: Any, event: dict[str, Any], *rest: Any) -> Any:
    balancer = event.get("requestContext", {}).get("elb")
    if balancer:
        attributes = alb._tg_attrs.get(balancer["targetGroupArn"], [])
        for name in ONE if MULTI_VALUE in attributes else MANY:
            del event[name]
    return execute(record, event, *rest)


if __name__ == "__main__":
    http.server.BaseHTTPRequestHandler = OnceHandler  # type: ignore[misc]
    socketserver.BaseServer.serve_forever.__defaults__ = (POLL_SECONDS,)
    lambda_svc._execute_function_with_config_scope = execute_in_one_form
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
