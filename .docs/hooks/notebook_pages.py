"""The notebooks as pages, run while the site is built; GEE_SCL_DOCS_RUN=0 shows them without outputs, in seconds."""

from __future__ import annotations

import base64
import html
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
SWITCH = "GEE_SCL_DOCS_RUN"
"""Environment variable: 0 leaves the notebooks unrun."""

_PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/svg+xml": "svg"}
_LIVE = {
    "application/vnd.jupyter.widget-view+json": "A map or control to use with the mouse stands here in the notebook.",
    "application/vnd.plotly.v1+json": "A chart to hover over stands here in the notebook.",
}
"""Outputs that need a kernel or a script of another host, and what the page says in their place."""

_FOR_THE_PAGE = re.compile(r"<style( scoped)?>(?!\s*#T_).*?</style>", re.DOTALL | re.IGNORECASE)
"""Styles of pandas' plain tables and of libraries; those of a pandas Styler begin with its table's id, and stay."""

_TABLE = re.compile(r'<table(?: border="1")?(?: class="dataframe")?')
_ACTIVE = re.compile(r"<(script|iframe|link|object|embed)\b", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n\s*\n")
"""They would end a block of HTML for Markdown."""

_LINKS = (
    (re.compile(r"(\]\()(?:\./)?(\w+)\.ipynb"), r"\1\2.md"),
    (re.compile(r"(\]\()\.\./README\.md"), r"\1../index.md"),
    (re.compile(r"(\]\()\.\./\.docs/pages/"), r"\1../"),
)

_log = get_plugin_logger("notebooks")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the notebooks behind the start page."""
    found = [f"notebooks/{path.stem}.md" for path in _paths()]
    if found and config.nav is not None:
        config.nav.insert(1, {"Notebooks": found})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each notebook, its pictures, and the notebook itself to be saved."""
    runs = os.environ.get(SWITCH, "1") != "0"
    for path in _paths():
        notebook = _run(path) if runs else nbformat.read(path, as_version=4)
        pictures: dict[str, bytes] = {}
        text = "\n\n".join(_page(notebook, path.stem, pictures, runs=runs))
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=text))
        files.append(File.generated(config, f"notebooks/{path.name}", abs_src_path=str(path)))
        for name, content in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files


def _paths() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def _run(path: Path) -> nbformat.NotebookNode:
    # The notebooks run here as they run in the tests: in an empty folder, without credentials or a network.
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from tests import notebooks

    _log.info("Running %s", path.name)
    with tempfile.TemporaryDirectory(prefix="gee-scl-docs-") as folder:
        made = notebooks.run(path, Path(folder))
    if made.error:
        raise PluginError(f"{path.name} failed:\n{made.error}")
    return made.notebook


def _page(notebook: nbformat.NotebookNode, stem: str, pictures: dict[str, bytes], *, runs: bool) -> Iterator[str]:
    """The parts of a page; pictures are added under their paths beside it."""
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            text = cell.source
            for pattern, replacement in _LINKS:
                text = pattern.sub(replacement, text)
            yield text
        elif cell.cell_type == "code" and cell.source.strip():
            yield f"````python\n{cell.source}\n````"
            for place, output in enumerate(cell.outputs):
                yield from _output(output, f"{stem}/{number:02}-{place}", pictures)
        if number == 0:
            how = "Its outputs are from the run that built this page." if runs else "This page was built without a run."
            yield f'<p class="notebook-file" markdown="1">[{stem}.ipynb]({stem}.ipynb) is this page. {how}</p>'


def _output(output: Any, name: str, pictures: dict[str, bytes]) -> Iterator[str]:
    if output.output_type == "stream":
        # What goes to standard error is noise of libraries.
        if output.name == "stdout" and output.text.strip():
            yield _plain(output.text)
        return
    data = output.get("data", {})
    picture = next((kind for kind in _PICTURES if kind in data), None)
    live = next((kind for kind in _LIVE if kind in data), None)
    if picture is not None:
        file = f"{name}.{_PICTURES[picture]}"
        pictures[file] = data[picture].encode() if picture == "image/svg+xml" else base64.b64decode(data[picture])
        yield f"![What the code above shows]({file})"
    elif live is not None:
        yield f'<p class="notebook-live">{_LIVE[live]}</p>'
    elif "text/html" in data:
        yield from _html(data["text/html"])
    elif "text/markdown" in data:
        yield data["text/markdown"]
    elif data.get("text/plain", "").strip():
        yield _plain(data["text/plain"])


def _html(text: str) -> Iterator[str]:
    """A table as it is; nothing that would run or load something; nothing for styles alone."""
    text = _TABLE.sub('<table class="notebook-table"', _FOR_THE_PAGE.sub("", text)).strip()
    if _ACTIVE.search(text):
        yield f'<p class="notebook-live">{_LIVE["application/vnd.jupyter.widget-view+json"]}</p>'
    elif text:
        yield f'<div class="notebook-html">\n{_BLANK_LINES.sub(chr(10), text)}\n</div>'


def _plain(text: str) -> str:
    lines = html.escape(text.rstrip("\n"), quote=False).replace("\n", "&#10;")
    return f'<pre class="notebook-text">{lines}</pre>'
