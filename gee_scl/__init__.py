"""Sentinel-2's Scene Classification Layer (SCL) on Google Earth Engine.

Start with `initialize`, find scenes with `collection`, and measure them with `class_statistics`:

    import gee_scl

    gee_scl.initialize(local=True)  # or initialize(project="your-project") for Earth Engine
    images = gee_scl.collection(start="2023-05-01", end="2023-09-01")
    frame = gee_scl.class_statistics(images, "fields.geojson", id="name", by="date")
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from typing import Any

__version__ = "0.1.0"


def _homes() -> dict[str, str]:
    """The module from which each public name comes, as the stub beside this file says it to type checkers."""
    stub = ast.parse(pkgutil.get_data(__name__, "__init__.pyi") or b"")
    imports = [statement for statement in stub.body if isinstance(statement, ast.ImportFrom)]
    return {alias.name: str(statement.module) for statement in imports for alias in statement.names}


_HOMES = _homes()

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that nobody waits for what is not used."""
    if name not in _HOMES:
        from gee_scl.options.names import nearest

        raise AttributeError(f"module {__name__!r} has no attribute {name!r}. {nearest(name, __all__)}".rstrip())
    home = importlib.import_module(_HOMES[name])
    is_package = hasattr(home, "__path__")
    found = importlib.import_module(f"{home.__name__}.{name}") if is_package else getattr(home, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
