"""The start page: the project's README, with its links as the site has them."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]

_HEADER = "---\nhide: [navigation]\n---\n\n"
"""There are no other pages beside it."""

_LINKS = (
    (re.compile(r"\.docs/pages/"), ""),
    (re.compile(r"(\]\()(notebooks/\w+)\.ipynb"), r"\1\2.md"),
    (re.compile(r'(href=")(notebooks/\w+)\.ipynb'), r"\1\2.html"),
    (re.compile(r'(\]\(|href=")LICENSE(?=[)"])'), r"\1LICENSE.txt"),
)
"""Where the README's relative links lead on the site."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the start page and the licence."""
    text = (ROOT / "README.md").read_text("utf-8")
    for pattern, replacement in _LINKS:
        text = pattern.sub(replacement, text)
    files.append(File.generated(config, "index.md", content=_HEADER + text))
    files.append(File.generated(config, "LICENSE.txt", abs_src_path=str(ROOT / "LICENSE")))
    return files
