"""Earth Engine's own interface description, as it ships inside the `ee` package: signatures and discovery document."""

from __future__ import annotations

import copy
import functools
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

_ALGORITHMS = "tests/algorithms.json"
_DISCOVERY = "tests/cloud_api_discovery_document.json"


@dataclass(frozen=True)
class Argument:
    """One argument of an algorithm: its name, Earth Engine type, and default if it has one."""

    name: str
    type: str
    optional: bool = False
    default: Any = None


@dataclass(frozen=True)
class Signature:
    """Name, arguments in order, and return type of one algorithm."""

    name: str
    arguments: tuple[Argument, ...]
    returns: str


@functools.cache
def algorithms_document() -> dict[str, Any]:
    """The answer to `GET .../algorithms`: every algorithm of Earth Engine, as the client library ships it."""
    return _shipped(_ALGORITHMS)


@functools.cache
def signatures() -> Mapping[str, Signature]:
    """Every algorithm's signature by its name."""
    by_name = {}
    for entry in algorithms_document()["algorithms"]:
        name = entry["name"].removeprefix("algorithms/")
        arguments = tuple(
            Argument(a["argumentName"], a["type"], a.get("optional", False), a.get("defaultValue"))
            for a in entry.get("arguments", ())
        )
        by_name[name] = Signature(name, arguments, entry["returnType"])
    return MappingProxyType(by_name)


VERSIONS = ("v1", "v1beta", "v1alpha")
"""Versions of the REST API that clients ask for; the engine answers all alike."""


def discovery_document(root_url: str, version: str = "v1") -> dict[str, Any]:
    """The shipped discovery document, served for this root and version, with what newer clients call added.

    The shipped one says `v1alpha` and lacks `projects.tables`, `projects.featureView`, `projects.classifier`,
    parameters of `listAssets`, and `workloadTag` of what is drawn later (measured with earthengine-api 1.7.50).
    """
    document = copy.deepcopy(_shipped(_DISCOVERY))
    document.update(
        baseUrl=root_url, rootUrl=root_url, version=version, id=f"earthengine:{version}", revision="gee-scl-local"
    )
    _set_version(document["resources"], version)
    projects = document["resources"]["projects"]
    resources = projects["resources"]
    for name, methods in _ADDED_RESOURCES.items():
        resource = resources.setdefault(name, {"methods": {}})
        for method, (verb, path, parameter) in methods.items():
            resource["methods"].setdefault(method, _method(name, method, verb, f"{version}/{path}", parameter))
    for listing in (projects, resources["assets"]):
        for name in ("filter", "view"):
            listing["methods"]["listAssets"]["parameters"].setdefault(name, dict(_TEXT))
    for name in _LABELLED:
        resources[name]["methods"]["create"]["parameters"].setdefault("workloadTag", dict(_TEXT))
    return document


_TEXT: Mapping[str, str] = {"location": "query", "type": "string"}
"""A parameter of a request's address."""

_LABELLED = ("maps", "thumbnails", "videoThumbnails", "filmstripThumbnails", "tables")
"""What is created to be computed later: the client puts its label into the address, and elsewhere into the body."""


# resource -> method -> (HTTP verb, path, the parameter in the path), as Google's REST reference lists them:
# https://developers.google.com/earth-engine/reference/rest
_ADDED_RESOURCES: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "tables": {
        "create": ("POST", "{+parent}/tables", "parent"),
        "getFeatures": ("GET", "{+name}:getFeatures", "name"),
    },
    "featureView": {"create": ("POST", "{+parent}/featureView", "parent")},
    "classifier": {"export": ("POST", "{+project}/classifier:export", "project")},
}


def _method(resource: str, method: str, verb: str, path: str, parameter: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": f"earthengine.projects.{resource}.{method}",
        "path": path,
        "flatPath": path,
        "httpMethod": verb,
        "parameterOrder": [parameter],
        "parameters": {
            parameter: {"location": "path", "required": True, "type": "string", "pattern": "^projects/.*$"},
        },
        "response": {"type": "any"},
    }
    if parameter == "project":
        described["parameters"]["project"]["pattern"] = "^projects/[^/]+$"
    if verb == "POST":
        described["request"] = {"type": "any"}
    return described


def _set_version(resources: dict[str, Any], version: str) -> None:
    for resource in resources.values():
        for method in resource.get("methods", {}).values():
            for key in ("path", "flatPath"):
                if key in method:
                    method[key] = version + "/" + method[key].split("/", 1)[1]
        _set_version(resource.get("resources", {}), version)


def _shipped(path: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(importlib.resources.files("ee").joinpath(path).read_text("utf-8"))
    return document
