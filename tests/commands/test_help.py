"""The help of every command shows examples that do what they say, and shells complete its words."""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gee_scl
from gee_scl.commands.completion import SHELLS
from gee_scl.commands.help import examples_of, parsers_below
from gee_scl.commands.main import command_line, main

PARSERS = {parser.prog: parser for parser in parsers_below(command_line())}
EXAMPLES = [(name, example) for name, parser in PARSERS.items() for example in examples_of(parser)]

SHOWN_ONLY = ("--help", "--project", "gee-scl serve", "gee-scl tasks --local")
"""What cannot be run here: it ends the test, needs an account, or runs until it is interrupted."""

RUNNING = sorted({example for _, example in EXAMPLES if not any(word in example for word in SHOWN_ONLY)})


@pytest.fixture
def cache(sample: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty folder to work in, and the session that was open before when the test is over."""
    monkeypatch.setenv("GEE_SCL_CACHE", str(sample.parent))
    monkeypatch.chdir(tmp_path)
    with gee_scl.local_session():
        yield tmp_path


def test_these_are_all_commands() -> None:
    assert sorted(PARSERS) == [
        "gee-scl",
        "gee-scl doctor",
        "gee-scl export",
        "gee-scl export file",
        "gee-scl export images",
        "gee-scl export table",
        "gee-scl legend",
        "gee-scl map",
        "gee-scl report",
        "gee-scl serve",
        "gee-scl stats",
        "gee-scl tasks",
        "gee-scl transitions",
    ]
    assert (len(EXAMPLES), len(RUNNING)) == (31, 14)


@pytest.mark.parametrize("name", PARSERS)
def test_every_help_ends_with_an_example_of_its_command(name: str) -> None:
    examples = examples_of(PARSERS[name])
    assert examples
    text = PARSERS[name].format_help()
    assert text.rstrip().endswith("\n".join(["examples:", *(f"  {example}" for example in examples)]))
    for example in examples:
        assert example.startswith(name)


def words_of(example: str) -> list[str]:
    program, *words = shlex.split(example)
    assert program == "gee-scl"
    return words


@pytest.mark.parametrize(("name", "example"), [case for case in EXAMPLES if "--help" not in case[1]])
def test_every_example_is_understood(name: str, example: str) -> None:
    options = command_line().parse_args(words_of(example))
    assert isinstance(options, argparse.Namespace)
    assert options.command == name.split()[1] if " " in name else options.command


@pytest.mark.parametrize("example", RUNNING)
@pytest.mark.some(6)
def test_an_example_that_needs_no_account_runs(example: str, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = words_of(example)
    assert main(words) == 0, capsys.readouterr().err
    out = capsys.readouterr().out
    assert out
    for option in ("-o", "--chart"):
        if option in words:
            assert (cache / words[words.index(option) + 1]).stat().st_size > 100


def script(shell: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gee_scl", "--print-completion", shell], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_completes_commands_and_options_in_each_shell(shell: str, tmp_path: Path) -> None:
    text = script(shell)
    for word in ("transitions", "max-cloud", "print-completion", "preview"):
        assert word in text
    if shutil.which(shell):
        (tmp_path / "script").write_text(text)
        assert subprocess.run([shell, "-n", str(tmp_path / "script")], check=False).returncode == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_what_stands_there(tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(script("bash"))
    (tmp_path / "fields.geojson").touch()

    def completed(*words: str) -> set[str]:
        line = " ".join(map(shlex.quote, words))
        asked = (
            f"source ./completion; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
            'completes=$(complete -p gee-scl | sed "s/.*-F \\([^ ]*\\).*/\\1/"); '
            f"$completes gee-scl {shlex.quote(words[-1])} {shlex.quote(words[-2])}; "
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        done = subprocess.run(["bash", "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=False)
        return set(done.stdout.split())

    assert completed("gee-scl", "sta") == {"stats"}
    assert completed("gee-scl", "export", "") >= {"images", "table", "file"}
    assert completed("gee-scl", "stats", "--max") == {"--max-cloud", "--max-pixels", "--max-requests"}
    assert completed("gee-scl", "stats", "--weights", "") >= {"centre", "fraction"}
    assert "fields.geojson" in completed("gee-scl", "stats", "fi")
