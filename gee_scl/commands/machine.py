"""What works on this machine, told without telling a secret."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CORE = ("earthengine-api", "geemap", "pandas")

EXTRAS: dict[str, dict[str, str]] = {
    "local": {name: name for name in ("numpy", "rasterio", "pyproj", "shapely", "scipy", "pystac", "affine")},
    "regions": {"geopandas": "geopandas", "shapely": "shapely"},
    "parquet": {"pyarrow": "pyarrow"},
    "excel": {"openpyxl": "openpyxl"},
    "charts": {"plotly": "plotly"},
    "completion": {"shtab": "shtab"},
    "safe": {"stactools-sentinel2": "stactools.sentinel2"},
}
"""Extra: distribution: module."""

_EARTH_ENGINE = ("earthengine.googleapis.com", 443)
_SECONDS = 3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what, whether it works, and what there is to say."""

    subject: str
    works: bool
    text: str


def examine() -> list[Finding]:
    """Look at versions, extras, the network and credentials. Nothing is sent to Earth Engine, and no secret is read."""
    return [*_versions(), *_extras(), _sample(), _network(), _credentials(), _project()]


def _versions() -> Iterator[Finding]:
    yield Finding("Python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in ("gee-scl", *_CORE):
        version = _version(name)
        yield Finding(name, version is not None, version or f"not installed: python -m pip install {name}")


def _extras() -> Iterator[Finding]:
    for extra, modules in EXTRAS.items():
        missing = [name for name, module in modules.items() if not _installed(module)]
        text = ", ".join(f"{name} {_version(name) or ''}".strip() for name in modules)
        if missing:
            text = f'without {", ".join(missing)}: python -m pip install "gee-scl[{extra}]"'
        yield Finding(f"extra {extra!r}", not missing, text)


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package that should hold it
        return False


def _sample() -> Finding:
    if not all(map(_installed, EXTRAS["local"].values())):
        return Finding("local engine", False, 'python -m pip install "gee-scl[local]"')
    from gee_scl.local.assets.sample import CACHE_VARIABLE, cache_folder

    try:
        made = f"is kept in {_short(cache_folder())}"
    except FileNotFoundError as error:
        return Finding("local engine", False, f"{error.strerror}: set {CACHE_VARIABLE} to a folder for its sample")
    return Finding("local engine", True, f"gee_scl.initialize(local=True); synthetic sample {made}")


def _network() -> Finding:
    host, port = _EARTH_ENGINE
    try:
        with socket.create_connection((host, port), timeout=_SECONDS):
            return Finding("Earth Engine", True, f"{host} can be reached")
    except OSError as error:
        return Finding("Earth Engine", False, f"{host} cannot be reached: {error.strerror or type(error).__name__}")


def _credentials() -> Finding:
    """Whether there are credentials, by the files' and variables' existence: none is opened."""
    places = {
        "Earth Engine's own": Path("~/.config/earthengine/credentials").expanduser(),
        "Application Default Credentials": Path("~/.config/gcloud/application_default_credentials.json").expanduser(),
    }
    found = [name for name, path in places.items() if path.is_file()]
    found += [f"${name}" for name in ("GOOGLE_APPLICATION_CREDENTIALS", "EARTHENGINE_TOKEN") if os.environ.get(name)]
    if found:
        return Finding("credentials", True, "found: " + ", ".join(found))
    return Finding("credentials", False, "none found: run `earthengine authenticate` (the local engine needs none)")


def _project() -> Finding:
    set_here = [name for name in ("GOOGLE_CLOUD_PROJECT", "GEE_SCL_PROJECT") if os.environ.get(name)]
    if set_here:
        return Finding("project", True, "set by " + ", ".join(f"${name}" for name in set_here))
    return Finding("project", True, "none set by the environment: give it to gee_scl.initialize(project=...)")


def _short(path: Path) -> str:
    """A path without the name of the user's home."""
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)
