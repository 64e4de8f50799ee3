"""A request for a task, with the mark by which the task is known again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gee_scl.exports.names import Mark

IMAGE, TABLE = "EXPORT_IMAGE", "EXPORT_FEATURES"
"""Kinds of tasks, as Earth Engine calls them."""

_OF_THE_RUN = ("description", "workloadTag", "priority")
"""Parts of a body that say how a task runs, and not what it makes."""


@dataclass(frozen=True)
class TaskRequest:
    """A request for a task.

    Attributes:
        kind: `IMAGE` or `TABLE`.
        mark: what the task's description says.
        address: where it goes, for people; an asset's id.
        body: of the request, as JSON.
    """

    kind: str
    mark: Mark
    address: str
    body: Mapping[str, Any]

    @classmethod
    def of(cls, kind: str, name: str, tag: str, address: str, body: Mapping[str, Any]) -> TaskRequest:
        """From a body whose expression is encoded; its description is put in.

        Args:
            kind: `IMAGE` or `TABLE`.
            name: of the export.
            tag: label of the task.
            address: where it goes.
            body: as the client writes it.
        """
        content = {key: value for key, value in body.items() if key not in _OF_THE_RUN}
        mark = Mark.of(name, tag, address, json.dumps(content, sort_keys=True))
        return cls(kind, mark, address, {**body, "description": mark.description, "workloadTag": tag})

    @property
    def makes_asset(self) -> bool:
        """Whether it makes an asset, whose id can be taken."""
        return "assetExportOptions" in self.body

    @property
    def size(self) -> int:
        """Bytes of its body."""
        return len(json.dumps(self.body))
