"""Starting Chromium without a window."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")

REQUIRED = "GEE_SCL_BROWSER"
"""Where this is set in the environment, a browser that is missing is a failure and no reason to skip."""

_OPTIONS = (
    "--no-sandbox",  # it has none for root, as in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)


def missing() -> str:
    """What a browser needs and this machine has not; nothing where it can be started."""
    for package in ("playwright", "axe_playwright_python"):
        if importlib.util.find_spec(package) is None:
            return f"{package} is not installed"
    return "" if _path() else f"none of {', '.join(NAMES)} is installed"


@contextmanager
def launched(*options: str) -> Iterator[Any]:
    """Playwright's browser, with a profile of its own that goes with it.

    Args:
        options: of Chromium's command line, beside those of all.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=_path(), headless=True, args=[*_OPTIONS, *options])
        try:
            yield running
        finally:
            running.close()


def required() -> bool:
    """Whether tests must find a browser."""
    return bool(os.environ.get(REQUIRED))


def _path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)
