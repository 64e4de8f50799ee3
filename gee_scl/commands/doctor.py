"""gee-scl doctor: what works on this machine, and how the server answers what only users' reports tell."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gee_scl.errors import ArgumentError

HELP = "what works here: versions, extras, Earth Engine, credentials; with --live, how the server answers"
DESCRIPTION = (
    "Look at versions, extras, the network and credentials; nothing is sent to Earth Engine. With --live, ask the "
    "server small questions of which only users' reports say how it answers, and write a report that can be shared: it "
    "has no ids, names of projects or credentials."
)
EXAMPLES = (
    "gee-scl doctor",
    "gee-scl doctor --live --project my-project -o report.json",
    "gee-scl doctor --live --local",
)

_SAMPLE = "sample"
_ENDINGS = (".txt", ".json")


def add(command: argparse.ArgumentParser) -> None:
    """What the command is asked."""
    command.add_argument("--live", action="store_true", help="ask the server; it is said before what that costs")
    command.add_argument("--project", help="Google Cloud project for Earth Engine")
    command.add_argument(
        "--local",
        nargs="?",
        const=_SAMPLE,
        metavar="URL",
        help="ask a local engine; without URL one of its own",
    )
    command.add_argument("-o", "--output", type=Path, help="report to write, .txt or .json")
    command.add_argument("--overwrite", action="store_true", help="replace an existing report")


def run(options: argparse.Namespace) -> None:
    """Print what was found."""
    if options.live:
        _live(options)
        return
    for name in ("project", "local", "output"):
        if getattr(options, name) is not None:
            raise ArgumentError(f"--{name}", getattr(options, name), "None without --live", "Add --live.")
    from gee_scl.commands.machine import examine

    findings = examine()
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        print(f"{'ok' if finding.works else '--':<3} {finding.subject:<{width}}  {finding.text}")


def _live(options: argparse.Namespace) -> None:
    from gee_scl.commands.live_answers import ask_all, cost, line, report_json, report_text
    from gee_scl.options.files import check_new, write_whole

    if options.output is not None:
        check_new(options.output, _ENDINGS, overwrite=options.overwrite)
    with _session(options) as server:
        print(cost(), flush=True)
        answers = ask_all(lambda answer: print(line(answer), flush=True))
    print(f"{sum(answer.as_expected for answer in answers)} of {len(answers)} as expected by {server}")
    if options.output is not None:
        written = report_json if options.output.suffix.lower() == ".json" else report_text
        report = written(answers, server)
        write_whole(options.output, lambda to: to.write_text(report, encoding="utf-8"), overwrite=options.overwrite)
        print(options.output)


@contextlib.contextmanager
def _session(options: argparse.Namespace) -> Iterator[str]:
    """A session with the server that is asked; what it is called in the report."""
    import gee_scl

    if options.local is None:
        gee_scl.initialize(options.project)
        yield "Earth Engine"
    elif options.local == _SAMPLE:
        with tempfile.TemporaryDirectory() as folder, gee_scl.local_session(True, exports=folder):
            yield "a local engine"
    else:
        with gee_scl.local_session(options.local):
            yield "a local engine"
