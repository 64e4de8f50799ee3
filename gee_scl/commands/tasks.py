"""gee-scl tasks: what was exported, and what became of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gee_scl.commands.serve import PORT
from gee_scl.errors import ArgumentError

if TYPE_CHECKING:
    from gee_scl.exports import Task
    from gee_scl.exports.status import TaskStatus

HELP = "list export tasks, wait for them, cancel them, start failed ones again"
DESCRIPTION = (
    "List the tasks of a project, the latest first. With --wait the command ends when all that it has listed are done, "
    "with status 1 where one failed."
)
EXAMPLES = (
    "gee-scl tasks --project your-project",
    "gee-scl tasks --tag fields-2023 --wait --project your-project",
    "gee-scl tasks --local",
)

_RUNNING = f"http://127.0.0.1:{PORT}"

_SHOWN = 200
_ERROR_CHARACTERS = 120


def add(command: argparse.ArgumentParser) -> None:
    """What the command is asked."""
    command.add_argument("--tag", help="only tasks that were started with this tag")
    command.add_argument("--state", action="append", help="only those in this state, such as FAILED; may be repeated")
    action = command.add_mutually_exclusive_group()
    action.add_argument("--wait", action="store_true", help="wait until all are done")
    action.add_argument("--cancel", action="store_true", help="cancel those under way; needs --tag or --all")
    action.add_argument("--retry", action="store_true", help="start those again that failed for a reason that can pass")
    command.add_argument("--all", action="store_true", help="cancel tasks of any tag; list however many there are")
    command.add_argument(
        "--local",
        nargs="?",
        const=_RUNNING,
        metavar="URL",
        help=f"a local engine that is running (default: {_RUNNING}, where gee-scl serve answers)",
    )
    command.add_argument("--project", help="Google Cloud project for Earth Engine")


def run(options: argparse.Namespace) -> None:
    """Do what is asked, and print the tasks."""
    import gee_scl
    from gee_scl.exports import retry_failed, tasks
    from gee_scl.exports.status import ACTIVE

    if options.cancel and options.tag is None and not options.all:
        raise ArgumentError("--cancel", None, "--tag TAG, or --all for the tasks of any program")
    gee_scl.initialize(options.project, local=options.local)
    if options.cancel:
        under_way = tasks(options.tag, state=options.state or ACTIVE)
        for task in under_way:
            task.cancel()
        print(f"{len(under_way)} tasks were asked to stop.")
        return
    if options.retry:
        again = retry_failed(options.tag)
        print(f"{len(again)} tasks were started again." + "".join(f"\n  {task.name}" for task in again))
        return
    if options.wait:
        wait_and_show(tasks(options.tag, state=options.state or ACTIVE))
        return
    _list(options.tag, options.state, everything=options.all)


def _list(tag: str | None, state: Sequence[str] | None, *, everything: bool) -> None:
    from gee_scl.exports import tasks

    frame = tasks(tag, state=state).frame()
    if frame.empty:
        print("No tasks.")
        return
    shown = frame if everything else frame.head(_SHOWN)
    created = shown["created"].dt.strftime("%Y-%m-%d %H:%M").fillna("")
    columns = {
        "created": created,
        "state": shown["state"],
        "eecu_s": shown["eecu_seconds"].map("{:.1f}".format),
        "tag": shown["tag"].fillna(""),
        "name": shown["name"],
        "error": shown["error"].fillna("").str.slice(0, _ERROR_CHARACTERS),
    }
    print(type(shown)(columns).to_string(index=False))
    if len(shown) < len(frame):
        print(f"... and {len(frame) - len(shown)} more: --all shows them.")
    counts = frame["state"].value_counts()
    print(", ".join(f"{count} {state}" for state, count in counts.items()))


def wait_and_show(some: Sequence[Task]) -> None:
    """Wait for tasks, telling how far they are, and what failed.

    Raises:
        ArgumentError: one failed or was cancelled.
    """
    from gee_scl.errors import GeeSclError
    from gee_scl.exports import watch
    from gee_scl.exports.status import State

    statuses: list[TaskStatus] = []
    told = ""
    for statuses in watch(some):
        line = _line(statuses)
        if line != told:
            print(line, file=sys.stderr, flush=True)
            told = line
    for status in statuses:
        if status.state == State.SUCCEEDED:
            print(f"{status.name}: {', '.join(status.destinations)}")
        else:
            print(f"{status.name}: {status.state}. {status.error or ''} {status.advice}".rstrip(), file=sys.stderr)
    failed = sum(status.state != State.SUCCEEDED for status in statuses)
    if failed:
        raise GeeSclError(f"{failed} of {len(statuses)} tasks did not succeed.")


def _line(statuses: Sequence[TaskStatus]) -> str:
    counts: dict[str, int] = {}
    for status in statuses:
        counts[status.state.lower()] = counts.get(status.state.lower(), 0) + 1
    done = sum(status.done for status in statuses)
    used = sum(status.eecu_seconds for status in statuses)
    parts = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    # Not the seconds of those that run: each look would be a line.
    spent = f"; {used:.1f} EECU-seconds" if statuses and done == len(statuses) else ""
    return f"{done} of {len(statuses)} done: {parts or 'nothing to do'}{spent}"
