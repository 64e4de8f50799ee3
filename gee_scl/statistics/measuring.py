"""Doing the work of a survey: what was saved is taken from there, the rest asked for, and what is had is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gee_scl.errors import ArgumentError, CheckpointError, IncompleteError, Plain
from gee_scl.frames.measured import Measured
from gee_scl.options.bar import Bar
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.choices import OnError
from gee_scl.requests.costs import profiled
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.requests.work import Lost, Work
from gee_scl.statistics.checkpoint import Checkpoint
from gee_scl.statistics.pieces import SurveyPiece
from gee_scl.statistics.sections import Section

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Answers:
    """How the work ended.

    Attributes:
        rows: how many were had.
        pieces: of how many requests.
        lost: what could not be had.
        left: how many pieces were not asked for, as nothing would have helped.
        trouble: with the checkpoint, which ended the work.
    """

    rows: int = 0
    pieces: int = 0
    lost: list[Lost[SurveyPiece]] = field(default_factory=list)
    left: int = 0
    trouble: CheckpointError | None = None

    @property
    def failures(self) -> list[dict[str, Any]]:
        """What could not be had: ids of regions, names of images or days, and the error's text."""
        return [_failure(lost) for lost in self.lost]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not (self.lost or self.trouble)


def _failure(lost: Lost[SurveyPiece]) -> dict[str, Any]:
    subject, piece = lost.piece.subject, lost.piece
    return {
        "regions": [subject.places[place].id for place in piece.places],
        "images": [name for part in piece.parts if (name := subject.parts.name(part))],
        "error": str(lost.error),
    }


def measure(
    sections: Sequence[Section],
    door: Door,
    job: Mapping[str, Any],
    take: Callable[[Measured], None],
    progress: Progress | None = None,
) -> Answers:
    """Do all of the work.

    Args:
        sections: what there is to do; at least one.
        door: asks.
        job: what the answers go by, by names that people understand.
        take: is given what was had, in no order.
        progress: True for a bar, or a function that is called with the number of requests done and to do.

    Raises:
        ArgumentError: the work is more than `Run` allows.
        CheckpointError: the checkpoint cannot be used.
        RequestError: nothing at all could be had.
    """
    answers = Answers()
    with opened_checkpoint(door.run, job, sections) as checkpoint:
        pieces = list(planned_pieces(sections, door.run, checkpoint))
        check_size(door.run, len(pieces), sum(piece.pixels for piece in pieces))
        if checkpoint is not None:
            for section in sections:
                for measured in checkpoint.restored(section.subject, section.members):
                    take(measured)
                    answers.rows += len(measured)
        _ask(pieces, door, checkpoint, answers, take, progress)
    if answers.lost and not answers.rows:
        raise answers.lost[0].error
    return answers


def _ask(
    pieces: Sequence[SurveyPiece],
    door: Door,
    checkpoint: Checkpoint | None,
    answers: Answers,
    take: Callable[[Measured], None],
    progress: Progress | None,
) -> None:
    """Have pieces answered, and save each at once."""
    work: Work[SurveyPiece] = Work(door, pieces)
    left = sum(piece.pairs for piece in pieces)
    for done, (piece, measured) in enumerate(work.answers(), 1):
        if checkpoint is not None and answers.trouble is None:
            try:
                checkpoint.save(piece, measured)
            except CheckpointError as error:
                answers.trouble = error
                work.stop()
        take(measured)
        answers.rows += len(measured)
        answers.pieces = done
        left -= piece.pairs
        if isinstance(progress, Bar):
            _show(progress, answers, left, door)
        elif callable(progress):
            progress(done, max(done, len(pieces) + work.splits))
    answers.lost = work.lost
    if work.stopped:
        answers.left = max(0, len(pieces) + work.splits - answers.pieces - len(work.lost))


def _show(bar: Bar, answers: Answers, left: int, door: Door) -> None:
    """Rows that are there, and pairs that may have one still, with what was asked for them."""
    tally = door.tally
    more = {"requests": tally.requests, "waits": tally.waits, "splits": tally.splits}
    bar.show(answers.rows, answers.rows + left, more, " rows")


def probe(sections: Sequence[Section], run: Run, job: Mapping[str, Any]) -> tuple[float, float] | None:
    """Have the first piece answered, and keep it where the run has a checkpoint.

    Args:
        sections: all of the work; at least one.
        run: how it runs.
        job: what the answers go by.

    Returns:
        What it has cost, in EECU-seconds as the profiler tells it, and the pixels that it has read, about; None where
        nothing is left to do, or no profile was made.

    Raises:
        CheckpointError: the checkpoint cannot be used.
        RequestError: a part of it could not be had.
    """
    with opened_checkpoint(run, job, sections) as checkpoint:
        piece = next(planned_pieces(sections, run, checkpoint), None)
        if piece is None:
            return None
        answers = Answers()
        with profiled() as profiles:
            door = Door(run)
            _ask([piece], door, checkpoint, answers, lambda _: None, None)
    if answers.trouble is not None:
        raise answers.trouble
    if answers.lost:
        raise answers.lost[0].error
    spent = Door(run).eecu_seconds(profiles)
    return None if spent is None else (spent, piece.pixels)


def planned_pieces(sections: Sequence[Section], run: Run, checkpoint: Checkpoint | None) -> Iterator[SurveyPiece]:
    """What is still to be asked for.

    Args:
        sections: all of the work.
        run: has the limits of a request.
        checkpoint: has what is there.
    """
    for section in sections:
        wanted = None if checkpoint is None else checkpoint.wanted(section.subject)
        yield from section.pieces(run.limits, wanted)


def check_size(run: Run, requests: int, pixels: float) -> None:
    """Refuse work that is more than a run allows.

    Args:
        run: says how much.
        requests: that are planned.
        pixels: that they read, about.

    Raises:
        ArgumentError: it is more.
    """
    for name, planned, most in (("max_requests", requests, run.max_requests), ("max_pixels", pixels, run.max_pixels)):
        if most is not None and planned > most:
            what = Plain(f"{most:,}, where {planned:,.0f} are planned")
            hint = "gee_scl.plan(...) says of what: take a shorter period or fewer regions, or allow more."
            raise ArgumentError(name, what, "a limit that the job keeps", hint)


@contextlib.contextmanager
def opened_checkpoint(run: Run, job: Mapping[str, Any], sections: Sequence[Section]) -> Iterator[Checkpoint | None]:
    """The checkpoint that a run names, as long as it is used; None where it names none.

    Args:
        run: names it.
        job: that the answers are of.
        sections: all of the work; at least one.

    Raises:
        CheckpointError: it cannot be used.
    """
    if run.checkpoint is None:
        yield None
        return
    with Checkpoint.opened(run.folder, job, tuple(sections[0].subject.measure.columns)) as checkpoint:
        yield checkpoint


def say_what_is_missing(answers: Answers, frame: pd.DataFrame, run: Run) -> None:
    """Raise or warn where a frame is not whole, as the run asks.

    Args:
        answers: what was had.
        frame: that was made of it.
        run: says what becomes of failures.

    Raises:
        IncompleteError: parts could not be had, with on_error="raise".
        CheckpointError: the checkpoint failed on the way.

    Warns:
        UserWarning: parts could not be had, with on_error="keep".
    """
    if answers.trouble is not None:
        answers.trouble.frame = frame
        raise answers.trouble
    if not answers.lost:
        return
    left = f", and {answers.left} more were not asked for" if answers.left else ""
    failed = f"{len(answers.lost)} parts of the work failed{left}"
    if run.on_error is OnError.KEEP:
        first = answers.lost[0].error
        warn_caller(f"{failed}: {first} The frame's record names them: frame.attrs['gee_scl']['failures'].")
        return
    how = (
        f"The same call goes on from what is saved in {str(run.folder)!r}."
        if run.checkpoint is not None
        else "With run=gee_scl.Run(checkpoint='folder') the same call goes on where it ended."
    )
    hint = f"{failed}; the error's frame has what was had. {how}"
    raise IncompleteError(answers.lost[0].error, answers.failures, frame, hint)
