"""What --help shows besides the options: examples, one a line, which are not wrapped."""

from __future__ import annotations

import argparse
from typing import Any

_HEADING = "examples:"


class _Formatter(argparse.HelpFormatter):
    """Wraps what is text, and leaves examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith(_HEADING) else super()._fill_text(text, width, indent)


def with_examples(*examples: str) -> dict[str, Any]:
    """The arguments of a parser whose help ends with examples.

    Args:
        examples: whole commands, as they are typed.
    """
    return {"epilog": "\n".join([_HEADING, *(f"  {example}" for example in examples)]), "formatter_class": _Formatter}


def examples_of(parser: argparse.ArgumentParser) -> list[str]:
    """The examples that the help of a parser shows."""
    return [line.strip() for line in (parser.epilog or "").splitlines()[1:]]


def parsers_below(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parser of a command and those of its commands, however deep."""
    below = [parser]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                below += parsers_below(child)
    return below
