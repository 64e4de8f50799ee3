"""A headless Chromium for the pages that people look at, which writes down what each page complains of and asks for."""

from __future__ import annotations

import functools
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.browser.chromium import launched, missing, required


@dataclass
class Visit:
    """A page that is open, with all that it said and asked.

    Attributes:
        page: Playwright's.
        faults: errors and warnings of the console, and errors that no script caught.
        requests: addresses asked for, but for those that hold their own data.
        dialogs: texts of alerts, which only a script that got in would open.
        may_fail: whether requests may fail and the console may say so.
    """

    page: Any
    may_fail: bool = False
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Write down from now on."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._note)
        self.page.on("dialog", self._dismiss)

    def _hear(self, message: Any) -> None:
        failed = self.may_fail and message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not failed:
            self.faults.append(f"{message.type}: {message.text}")

    def _note(self, request: Any) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.requests.append(request.url)

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def painted(self, selector: str) -> npt.NDArray[np.uint8]:
        """What is on the screen where an element is: rows x columns x RGB, a pixel for each of CSS."""
        from PIL import Image

        png = self.page.locator(selector).screenshot(scale="css", animations="disabled")
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))

    def serious_faults(self) -> list[str]:
        """What axe-core calls serious or critical of the page as it is."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [
            f"{fault['id']}: {node['target']} {node['failureSummary']}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]


# For a module and not for the run: while Playwright is at work, its event loop is the thread's, in which tests of
# notebooks in other modules could not run their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    fault = missing()
    if fault and not required():
        pytest.skip(f"no browser: {fault}")
    assert not fault
    with launched() as running:
        yield running


Visiting = Callable[..., Visit]


@pytest.fixture
def visit(browser: Any) -> Iterator[Visiting]:
    """Opens pages; after the test, none may have complained or opened a dialog.

    `visit(address, width=1280, height=800, offline=False, may_fail=False)` gives a `Visit`.
    """
    made: list[tuple[Any, Visit]] = []

    def opened(
        address: str, *, width: int = 1280, height: int = 800, offline: bool = False, may_fail: bool = False
    ) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": height}, offline=offline)
        visit = Visit(context.new_page(), may_fail)
        made.append((context, visit))
        visit.watch()
        visit.page.goto(address, wait_until="load")
        return visit

    yield opened
    for context, _ in made:
        context.close()
    assert [fault for _, visit in made for fault in visit.faults] == []
    assert [text for _, visit in made for text in visit.dialogs] == []


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Tests do not log."""


@pytest.fixture
def served() -> Iterator[Callable[[Path], str]]:
    """Serves the folder of a file on 127.0.0.1, and gives the file's address."""
    servers: list[ThreadingHTTPServer] = []

    def address(path: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=path.parent))
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/{path.name}"

    yield address
    for server in servers:
        server.shutdown()
        server.server_close()
