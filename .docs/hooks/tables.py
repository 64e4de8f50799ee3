"""Tables that are read from the package, so that they cannot differ from it: commands, algorithms, sources."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put each table where a page asks for it by a comment."""
    for name, made in TABLES.items():
        marker = f"<!-- {name} -->"
        if marker in markdown:
            markdown = markdown.replace(marker, "\n".join(made()))
    return markdown


def _commands() -> Iterator[str]:
    """A section for each command, from the parsers that read what users write."""
    from gee_scl.commands.main import command_line

    for parser in _leaves(command_line()):
        yield f"\n## {parser.prog}\n"
        if parser.description:
            yield f"{parser.description}\n"
        yield f"```text\n{_usage(parser)}\n```\n"
        yield "| argument | meaning |\n|---|---|"
        for action in parser._actions:
            yield f"| `{_invocation(action)}` | {_meaning(action, parser)} |"


def _leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers that have no commands below them."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield parser
    for action in below:
        summaries = {choice.dest: choice.help for choice in action._choices_actions}
        for name, child in action.choices.items():
            child.description = child.description or _sentence(summaries.get(name) or "")
            yield from _leaves(child)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _usage(parser: argparse.ArgumentParser) -> str:
    # The width of the terminal that builds the site must not show.
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=88)  # type: ignore[assignment]
    if hasattr(parser, "color"):
        parser.color = False
    return parser.format_usage().strip()


def _invocation(action: argparse.Action) -> str:
    value = action.metavar or (",".join(map(str, action.choices)) if action.choices else action.dest.upper())
    if not action.option_strings:
        return str(action.metavar or action.dest)
    names = ", ".join(action.option_strings)
    if action.nargs == 0:
        return names
    return f"{names} [{value}]" if action.nargs == "?" else f"{names} {value}"


def _meaning(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    text = (action.help or "") % {**vars(action), "prog": parser.prog}
    if not text and isinstance(action.default, str):
        text = f"default: {action.default}"
    return _sentence(text.replace("|", "\\|"))


def _algorithms() -> Iterator[str]:
    """How many algorithms of each kind the local engine has, and their names."""
    from gee_scl.local.algorithms.registry import covered
    from gee_scl.local.signatures import signatures

    kinds: dict[str, list[str]] = {}
    for name in covered():
        kind, _, method = name.rpartition(".")
        kinds.setdefault(f"`{kind}`" if kind else "", []).append(f"`{method}`")
    yield f"{len(covered())} of the {len(signatures())} algorithms that the client knows:\n"
    yield "| on | algorithms |\n|---|---|"
    for kind, methods in sorted(kinds.items()):
        yield f"| {kind} | {', '.join(methods)} |"


def _products() -> Iterator[str]:
    """Which STAC collections appear under which Earth Engine ids."""
    from gee_scl.local.assets.products import STAC_COLLECTIONS

    yield "| `collection` of the item | Earth Engine's id |\n|---|---|"
    for collection, product in STAC_COLLECTIONS.items():
        yield f"| `{collection}` | `{product}` |"


def _assets() -> Iterator[str]:
    """The asset keys by which each band of Sentinel-2 is found."""
    from gee_scl.local.assets.products import PRODUCTS, SENTINEL2

    yield "| band | asset, the first that is there |\n|---|---|"
    for band in PRODUCTS[SENTINEL2].bands:
        keys = ", ".join(f"`{key}`" for key in band.assets)
        yield f"| `{band.name}` | {keys}{f', band {band.file_band}' if band.name.startswith('TCI') else ''} |"


def _sources() -> Iterator[str]:
    """Whatever these modules cite, each once."""
    modules = [
        importlib.import_module(f"gee_scl.{name}")
        for name in ("classes.class_table", "expressions.cloud_products", "classes.baselines")
    ]
    source_type = modules[0].Source
    cited = [value for module in modules for value in vars(module).values() if isinstance(value, source_type)]
    for source in dict.fromkeys(cited):
        yield f"- {source.reference}. <{source.url}>"


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "commands": _commands,
    "algorithms": _algorithms,
    "products": _products,
    "assets": _assets,
    "sources": _sources,
}
"""What a page can ask for by a comment of its name."""
