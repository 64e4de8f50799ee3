"""The client's connection: opening it, asking whether it is open and with whom, and putting an earlier one back."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import ee

from gee_scl.errors import NotInitializedError, RequestError


def open_earth_engine(project: str | None, **options: Any) -> None:
    """Connect to Earth Engine.

    Args:
        project: the Google Cloud project that the work is billed to.
        **options: of `ee.Initialize`.

    Raises:
        ee.EEException: Earth Engine refuses the credentials or the project.
    """
    ee.Initialize(project=project, **options)


def open_engine(url: str, project: str) -> None:
    """Connect to a local engine, without credentials.

    Args:
        url: its address, without a path.
        project: that it answers for.

    Raises:
        RequestError: nothing answers there.
    """
    from google.auth.credentials import AnonymousCredentials

    try:
        ee.Initialize(credentials=AnonymousCredentials(), url=url, project=project)  # type: ignore[no-untyped-call]
    except (ee.EEException, OSError) as error:
        hint = "Start it with: gee-scl serve"
        raise RequestError(f"Connecting to the local engine at {url}", str(error), hint=hint) from error


def is_open() -> bool:
    """Whether a session is open."""
    return bool(ee.data.is_initialized())


def require_open() -> None:
    """Refuse to go on without a session: the client cannot even build expressions before.

    Raises:
        NotInitializedError: no session is open.
    """
    if not is_open():
        raise NotInitializedError


def open_project() -> str:
    """The project of the open session; empty where none is open."""
    return str(ee.data._get_state().cloud_api_user_project or "")


def open_address() -> str:
    """The address of the server of the open session."""
    return str(ee.data._get_state().api_base_url)


@contextlib.contextmanager
def previous_connection_restored() -> Iterator[None]:
    """The client keeps its connection in one global object: put its fields back.

    The classes that the client builds from the list of algorithms stay: both servers describe the same ones.
    """
    state = ee.data._get_state()
    saved = {field.name: getattr(state, field.name) for field in dataclasses.fields(state)}
    try:
        yield
    finally:
        if saved["initialized"]:
            current = ee.data._get_state()
            for name, value in saved.items():
                setattr(current, name, value)
        else:
            ee.Reset()
