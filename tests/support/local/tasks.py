"""Tasks of an engine that exports into a folder of the test: started, awaited, and read back."""

from __future__ import annotations

from typing import Any

import ee

from gee_scl.local.server import LocalServer

ROOT = "projects/gee-scl-local/assets"


def finished(server: LocalServer, task: Any) -> dict[str, Any]:
    """The status of a task, as the client shows it, once it is done."""
    if task.name is None:
        task.start()
    server.engine.operations.wait(task.name, "60s")
    return task.status()


def succeeded(server: LocalServer, task: Any) -> dict[str, Any]:
    """The same, of a task that must succeed."""
    status = finished(server, task)
    assert status["state"] == "COMPLETED", status
    return status


def failed(server: LocalServer, task: Any) -> str:
    """The error of a task that must fail."""
    status = finished(server, task)
    assert status["state"] == "FAILED", status
    return str(status["error_message"])


def scl() -> ee.Image:
    """One scene's classes."""
    return ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").first().select("SCL")
