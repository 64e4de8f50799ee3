"""Pages from the templates in the folder `web`, whose styles and scripts are written into the page itself."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gee_scl.options.files import write_whole

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "web"
"""Templates, styles and scripts."""


def page(template: str, **values: Any) -> str:
    """Fill a template, with every value escaped.

    Args:
        template: name of the file, such as "report.html".
        values: what it shows. A template writes JSON for its scripts with `| tojson`, which escapes it for HTML, and
            takes styles and scripts of the folder by `asset("name.css")`.
    """
    return _environment().get_template(template).render(**values)


def write_page(text: str, path: Path, *, overwrite: bool = False) -> None:
    """Write a page as UTF-8, whole or not at all.

    Raises:
        ArgumentError: no such folder, or a file that is there already.
    """
    write_whole(path, lambda to: to.write_text(text, encoding="utf-8", newline="\n"), overwrite=overwrite)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = _asset
    return environment


def _asset(name: str) -> Any:
    """Read a style sheet or script of the folder, as it is."""
    from markupsafe import Markup

    return Markup((FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704 - a file of the package
