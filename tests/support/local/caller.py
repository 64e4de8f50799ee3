"""Requests to an engine as bytes on a connection, and expressions as their JSON."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gee_scl.local.server import LocalServer

COMPUTE = "/v1/projects/gee-scl-local/value:compute"
FEATURES = "/v1/projects/gee-scl-local/table:computeFeatures"


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def message(self) -> str:
        """The text of an error, which has the form that all of Google's APIs give it."""
        assert set(self.body) == {"error"}
        error = self.body["error"]
        assert set(error) == {"code", "message", "status"}
        assert error["code"] == self.status
        return error["message"]


class Caller:
    """Requests to one engine, each on a connection of its own."""

    def __init__(self, server: LocalServer) -> None:
        self.server = server
        address = urlsplit(server.url)
        self.host, self.port = address.hostname or "", address.port or 0

    def connection(self, timeout: float = 60) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        connection = self.connection()
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            return reply(connection.getresponse())

    def compute(self, expression: Any, **headers: str) -> Reply:
        return self.ask("POST", COMPUTE, json.dumps({"expression": expression}), headers)

    def page(self, expression: Any, size: int | None = None, token: str | None = None) -> Reply:
        body = {"expression": expression, "pageSize": size, "pageToken": token}
        return self.ask("POST", FEATURES, json.dumps({k: v for k, v in body.items() if v is not None}))

    def raw(self, sent: bytes) -> bytes:
        """What is answered to these bytes until the connection closes."""
        with socket.create_connection((self.host, self.port), timeout=20) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def is_well(self) -> bool:
        return self.compute(one(call("Number.add", left=1, right=2))).body == {"result": 3}


def reply(response: http.client.HTTPResponse) -> Reply:
    assert response.headers["Content-Type"] == "application/json; charset=UTF-8"
    return Reply(response.status, json.loads(response.read()), dict(response.headers))


def call(name: str, **arguments: Any) -> dict[str, Any]:
    """A node that calls an algorithm; what is no node is a constant."""
    nodes = {k: v if isinstance(v, dict) else {"constantValue": v} for k, v in arguments.items()}
    return {"functionInvocationValue": {"functionName": name, "arguments": nodes}}


def ref(key: object) -> dict[str, Any]:
    return {"valueReference": str(key)}


def one(node: dict[str, Any]) -> dict[str, Any]:
    """An expression of one node."""
    return {"result": "0", "values": {"0": node}}
