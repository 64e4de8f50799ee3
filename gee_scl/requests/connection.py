"""The client's connection: opening it, asking whether it is open and with whom, and putting an earlier one back."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import ee
import requests

from gee_scl.errors import NotInitializedError, RequestError
from gee_scl.requests.client_retries import usual_retries
from gee_scl.requests.loopback import go_directly, is_loopback, without_catalogue


def open_earth_engine(project: str | None, **options: Any) -> None:
    """Connect to Earth Engine.

    Args:
        project: the Google Cloud project that the work is billed to.
        **options: of `ee.Initialize`.

    Raises:
        RequestError: there are no credentials, or Earth Engine refuses them or the project; the error says what to do.
    """
    with _opening("Opening a session on Earth Engine", sign_in_advice):
        ee.Initialize(project=project, **options)


_SIGN_IN = (
    (
        r"authorize access|credentials|refresh",
        "Sign in with the command `earthengine authenticate`; in Colab with ee.Authenticate(); on a server with "
        "the key of a service account: credentials=ee.ServiceAccountCredentials(email, file).",
    ),
    (
        r"not registered|not signed up",
        "Register the project: https://console.cloud.google.com/earth-engine.",
    ),
    (
        r"no project|project",
        "Give a Google Cloud project that is registered for Earth Engine: gee_scl.initialize(project='your-project'), "
        "or --project on the command line.",
    ),
)
"""What helps where a session cannot be opened, by what the client says; the first that fits."""


def sign_in_advice(text: str) -> str:
    """What to do where a session on Earth Engine cannot be opened, by what the client says."""
    advice = next((advice for pattern, advice in _SIGN_IN if re.search(pattern, text, re.IGNORECASE)), "")
    return f"{advice} The local engine needs no account: gee_scl.initialize(local=True).".lstrip()


_PORTS = {"http": 80, "https": 443}

_SECONDS = 10
"""That an engine on this machine may take to accept a connection."""


def open_engine(url: str, project: str) -> None:
    """Connect to a local engine, without credentials.

    Args:
        url: its address, without a path.
        project: that it answers for.

    Raises:
        RequestError: nothing answers there.
    """
    from google.auth.credentials import AnonymousCredentials

    with _opening(f"Connecting to the local engine at {url}", lambda _: "Start it with the command `gee-scl serve`."):
        # Where nothing listens, the client would try for half a minute.
        address = urlsplit(url)
        socket.create_connection((address.hostname, address.port or _PORTS[address.scheme]), _SECONDS).close()
        state = ee.data._get_state()
        state.requests_session = state.requests_session or requests.Session()
        go_directly(state.requests_session, url)
        with without_catalogue():
            ee.Initialize(credentials=AnonymousCredentials(), url=url, project=project)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _opening(what: str, advice: Callable[[str], str]) -> Iterator[None]:
    """Turn what goes wrong while a connection is opened into an error that says what to do."""
    from google.auth.exceptions import GoogleAuthError
    from googleapiclient.errors import Error as ClientError

    try:
        yield
    except (ee.EEException, GoogleAuthError, ClientError, OSError) as error:
        text = " ".join(str(error).split())
        raise RequestError(what, text, hint=advice(text)) from error


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


def open_server() -> str:
    """The server of the open session as what is kept of its answers goes by: an engine on this machine has any port."""
    address = open_address()
    return "local engine" if is_loopback(address) else urlsplit(address).hostname or ""


@contextlib.contextmanager
def previous_connection_restored() -> Iterator[None]:
    """The client keeps its connection in one global object: put its fields back.

    The classes that the client builds from the list of algorithms stay: both servers describe the same ones.
    """
    state = ee.data._get_state()
    saved = {field.name: getattr(state, field.name) for field in dataclasses.fields(state)}
    saved["max_retries"] = usual_retries()  # a request of another thread may have set it to none
    try:
        yield
    finally:
        if saved["initialized"]:
            current = ee.data._get_state()
            for name, value in saved.items():
                setattr(current, name, value)
        else:
            ee.Reset()
