"""Where a browser finds the tiles of an engine on this machine: that of a notebook may be on another one.

The engine listens on loopback only. What a browser elsewhere reaches is the notebook's server, which hands on what goes
to `/proxy/PORT/` where it has jupyter-server-proxy
(https://jupyter-server-proxy.readthedocs.io/en/latest/arbitrary-ports-hosts.html); Colab does likewise under a name of
its own (https://colab.research.google.com/notebooks/snippets/advanced_outputs.ipynb). Paths are those of the server's
own page, whatever its name is: the kernel does not know it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from gee_scl.errors import ArgumentError
from gee_scl.options.caller_warning import warn_caller
from gee_scl.requests.loopback import HOSTS, is_loopback, origin_of

VARIABLE: Final = "GEE_SCL_TILE_HOST"
"""Environment variable with what `tile_host` says, where that says nothing."""

_PORT = "{port}"
_PROXY = f"/proxy/{_PORT}"

_FORM = re.compile(r"(https?://[\w.\[\]:~-]+|(?=/[^/]))(/([\w.~@%+,=:-]|\{port\})*)*")
"""An address or a path, whose letters mean nothing to HTML or to a map's own {x}, {y} and {z}."""

_NAME = re.compile(r"[\w.-]+(:([0-9]+|\{port\}))?")

_ALLOWED = (
    "an address such as 'https://example.org/tiles', a path of the notebook's server such as '/user/me/proxy/{port}', "
    "or HOST or HOST:PORT; {port} stands for the engine's"
)

_REMOTE = ("SSH_CONNECTION", "CODESPACES", "REMOTE_CONTAINERS", "GITPOD_WORKSPACE_ID", "VSCODE_AGENT_FOLDER")
"""Environment variables of processes that someone started from another machine, or in a container."""

_NOTEBOOK = ("JPY_SESSION_NAME", "JPY_PARENT_PID", "VSCODE_PID", "VSCODE_IPC_HOOK_CLI", "COLAB_RELEASE_TAG")
"""Environment variables of notebooks' kernels."""

_given: dict[str, str] = {}
"""What was said of engines, by their addresses."""

_colab: dict[int, str] = {}
"""What Colab said of ports."""

_warned: set[str] = set()


def checked_tile_host(given: object, name: str = "tile_host") -> str:
    """Where a browser finds an engine, as it was given: with a scheme, or as a path.

    Args:
        given: what came.
        name: under which it came.

    Raises:
        ArgumentError: it is none of what it may be.
    """
    text = given.strip().rstrip("/") if isinstance(given, str) else ""
    if _NAME.fullmatch(text):
        return f"http://{text}" if ":" in text else f"http://{text}:{_PORT}"
    if not _FORM.fullmatch(text):
        raise ArgumentError(name, given, _ALLOWED)
    return text


def set_tile_host(address: str, host: str | None) -> None:
    """Say where a browser finds the engine at an address; None has it found out."""
    _given.pop(origin_of(address), None)
    if host is not None:
        _given[origin_of(address)] = host


@contextmanager
def tile_host_for_a_while(address: str, host: str | None) -> Iterator[None]:
    """Say likewise, and put back what was said before; None leaves that."""
    before = _given.get(origin_of(address))
    if host is not None:
        set_tile_host(address, host)
    try:
        yield
    finally:
        set_tile_host(address, before)


def seen_by_browser(address: str) -> str:
    """The address of a server's tiles as the browser has to ask for them; that of another machine's is left.

    Raises:
        ArgumentError: the environment variable says something else than a host.
    """
    if not is_loopback(address):
        return address
    origin, port = origin_of(address), _port_of(address)
    host = _said(origin) or _found(port)
    return address if host is None else host.replace(_PORT, str(port)) + address.removeprefix(origin)


def seen_by_page(address: str) -> str:
    """The address likewise, for a page that is a file: there, paths of a notebook's server lead nowhere."""
    seen = seen_by_browser(address)
    return address if seen.startswith("/") else seen


def warn_of_unseen_tiles(address: str) -> None:
    """Warn, once for each engine, where the browser is not likely to reach its tiles; say what to do."""
    origin, port = origin_of(address), _port_of(address)
    if not is_loopback(address) or origin in _warned or _said(origin):
        return
    obstacle = _obstacle(port)
    if obstacle:
        _warned.add(origin)
        warn_caller(
            f"{obstacle} Or say under which address the browser finds port {port} of this machine: "
            f"gee_scl.initialize(local=..., tile_host=...), or the environment variable {VARIABLE}; "
            f"'{_PORT}' in it stands for the port."
        )


def _port_of(address: str) -> int:
    return urlsplit(address).port or 80


def _said(origin: str) -> str | None:
    """What was said of an engine, by the call or for all."""
    if origin in _given:
        return _given[origin]
    said = os.environ.get(VARIABLE)
    return checked_tile_host(said, VARIABLE) if said else None


def _found(port: int) -> str | None:
    """Where the notebook's surroundings have an engine; None where that is this machine."""
    if _is_colab():
        return _by_colab(port)
    if _is_vscode():
        return None  # the page around is not of the notebook's server
    base = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if base is None and _has_proxy():
        base = _server().get("base_url")
    return None if base is None else base.rstrip("/") + _PROXY


def _obstacle(port: int) -> str | None:
    """Why the browser is not likely to reach tiles, and what helps; None where it is."""
    if _is_colab():
        return None if _by_colab(port) else "Colab does not say where the browser finds the local engine's tiles."
    if "JUPYTERHUB_SERVICE_PREFIX" in os.environ and not _is_vscode():
        if _has_proxy():
            return None
        return (
            "In JupyterHub the browser reaches the local engine's tiles through jupyter-server-proxy, which this "
            "environment does not have. Install it where the notebook's server runs, if it is not there: python -m pip "
            "install jupyter-server-proxy; then start the server again."
        )
    if not _is_notebook() or _found(port) is not None:
        return None
    signs = [name for name in (*_REMOTE, "JUPYTERHUB_SERVICE_PREFIX") if os.environ.get(name)]
    if not _is_vscode() and _server().get("hostname", "localhost") not in HOSTS:
        signs.append("its server listens to other machines")
    if not signs:
        return None
    return (
        f"This notebook seems to run on another machine than the browser ({', '.join(signs)}), which does not reach "
        f"the local engine's tiles at http://127.0.0.1:{port} then. Have that port forwarded under the same number (VS "
        "Code: the panel Ports; a terminal: ssh -L), or in JupyterLab install jupyter-server-proxy where its server "
        "runs."
    )


def _is_notebook() -> bool:
    return "ipykernel" in sys.modules or any(name in os.environ for name in _NOTEBOOK)


def _is_colab() -> bool:
    return "COLAB_RELEASE_TAG" in os.environ or "google.colab" in sys.modules


def _is_vscode() -> bool:
    """Whether VS Code shows this notebook: it says so in the kernel, which may be of any server."""
    shell = sys.modules.get("IPython")
    running = None if shell is None else shell.get_ipython()
    return "__vsc_ipynb_file__" in getattr(running, "user_ns", ())


def _has_proxy() -> bool:
    """Whether jupyter-server-proxy is installed: mostly, a notebook's server and kernel share their packages."""
    return importlib.util.find_spec("jupyter_server_proxy") is not None


def _server() -> dict[str, Any]:
    """What the Jupyter server that started this kernel has written of itself; empty where none did."""
    parent = os.environ.get("JPY_PARENT_PID")
    if not parent:
        return {}
    try:
        from jupyter_core.paths import jupyter_runtime_dir

        said = json.loads((Path(jupyter_runtime_dir()) / f"jpserver-{int(parent)}.json").read_text("utf-8"))
    except (ImportError, OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _by_colab(port: int) -> str | None:
    """Where Colab has a port of its machine; None where it does not say."""
    if port not in _colab:
        try:
            from google.colab import output

            said = str(output.eval_js(f"google.colab.kernel.proxyPort({port})"))
        except Exception:  # noqa: BLE001 - its errors are its own, and a map is there without tiles too
            return None
        _colab[port] = said.rstrip("/")
    return _colab[port]
