"""Engines on this machine: which addresses are theirs, and how they are reached."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import ee
import requests
from requests.adapters import DEFAULT_POOLSIZE, HTTPAdapter

HOSTS = ("127.0.0.1", "localhost", "::1")
"""Names of this machine by which nobody else reaches it."""


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine."""
    try:
        return urlsplit(address).hostname in HOSTS
    except ValueError:  # such as brackets that do not close
        return False


def origin_of(address: str) -> str:
    """The beginning of an address: scheme, host and port."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class _Direct(HTTPAdapter):
    """Sends straight to where a request goes.

    `HTTP_PROXY` and its like are for the world outside: a proxy elsewhere does not know this machine's ports, and
    `NO_PROXY`, where it is set at all, may not name them. The environment itself is left as it is, for whoever else
    reads it.
    """

    def __init__(self) -> None:
        super().__init__()
        _adapters.add(self)

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request, whatever proxy the session has found for it."""
        return super().send(*args, **{**kwargs, "proxies": None})


_adapters: weakref.WeakSet[_Direct] = weakref.WeakSet()


def _connect_anew() -> None:
    """Share no connection with the process that this one is a copy of: each would read the other's answers."""
    for adapter in _adapters:
        adapter.init_poolmanager(DEFAULT_POOLSIZE, DEFAULT_POOLSIZE)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_connect_anew)


def go_directly(session: requests.Session, address: str) -> None:
    """Have a session reach an engine on this machine without a proxy, and everything else as before.

    Args:
        session: finds what sends a request by the beginning of its address
            (https://requests.readthedocs.io/en/latest/user/advanced/#transport-adapters).
        address: where it is to go; of another machine, nothing changes.
    """
    begin = f"{origin_of(address)}/"
    if is_loopback(address) and begin not in session.adapters:
        session.mount(begin, _Direct())


@contextmanager
def without_catalogue() -> Iterator[None]:
    """Keep the client from asking the web which assets of Earth Engine are deprecated, as `ee.Initialize` does.

    It does so by urllib, without a limit of time, each time until it has found some (read in earthengine-api 1.7.50):
    a proxy that answers nothing would hold up an engine that needs no network. What it knows already stays.
    """
    deprecation = ee.deprecation
    known = deprecation.deprecated_assets
    if not known:
        deprecation.deprecated_assets = {"": deprecation.DeprecatedAsset("", None, None, None)}
    try:
        yield
    finally:
        deprecation.deprecated_assets = known
