"""Completion of commands, options and files in a shell."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gee_scl.commands.help import parsers_below
from gee_scl.errors import MissingExtraError

SHELLS = ("bash", "zsh", "fish")

_FILES = ("regions", "local", "folder", "exports")
"""What else than an option for a path may be a file or a folder."""


def add_completion(parser: argparse.ArgumentParser) -> None:
    """Let a command be asked for the script that a shell completes its words by."""
    parser.add_argument(
        "--print-completion", action=_Print, choices=SHELLS, help="print a script that completes words in this shell"
    )


class _Print(argparse.Action):
    """Print the script and end, as --version does."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        print(script(parser, str(values)))
        parser.exit()


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The script that a shell completes the words of a command by.

    Args:
        parser: of the command.
        shell: one of `SHELLS`.

    Raises:
        MissingExtraError: shtab is not installed.
    """
    try:
        import shtab
    except ImportError as error:
        raise MissingExtraError("shtab", "completion", "Completion in a shell") from error
    for each in parsers_below(parser):
        for action in each._actions:
            if action.type is Path or action.dest in _FILES:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return str(shtab.complete(parser, shell))
