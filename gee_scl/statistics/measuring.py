"""Doing the work of a survey: what was saved is taken from there, the rest asked for, and what is had is kept."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from gee_scl.errors import ArgumentError, CheckpointError, IncompleteError, Plain
from gee_scl.frames.measured import Measured
from gee_scl.options.bar import Bar
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.choices import OnError
from gee_scl.requests.costs import profiled
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.requests.sizes import Sizes
from gee_scl.requests.work import Lost, Work
from gee_scl.scenes.scene import Scene
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
        planned: pairs of region and image, or day, that were to be asked for.
        answered: those of them that were.
        lost: what could not be had.
        trouble: with the checkpoint, which ended the work.
    """

    rows: int = 0
    pieces: int = 0
    planned: int = 0
    answered: int = 0
    lost: list[Lost[SurveyPiece]] = field(default_factory=list)
    trouble: CheckpointError | None = None

    @property
    def failures(self) -> list[dict[str, Any]]:
        """What could not be had: ids of regions, names of images or days, and the error's text."""
        return [_failure(lost) for lost in self.lost]

    @property
    def left(self) -> int:
        """Pairs of which nothing is known yet; at the end those not asked for, as nothing would have helped."""
        return self.planned - self.answered - sum(lost.piece.pairs for lost in self.lost)

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

    Warns:
        UserWarning: the checkpoint cannot know whether pixels have changed.
    """
    answers = Answers()
    with opened_checkpoint(door.run, job, sections) as checkpoint:
        ahead = _Ahead.of(planned_pieces(sections, door.run, checkpoint))
        check_size(door.run, ahead.requests, ahead.pixels)
        if checkpoint is not None:
            _warn_of_versions(sections[0].subject.parts.meeting.scenes)
            for section in sections:
                for measured in checkpoint.restored(section.subject, section.members):
                    take(measured)
                    answers.rows += len(measured)
        with _shown(progress):
            _ask(sections, door, checkpoint, answers, ahead, take, progress)
    if answers.lost and not answers.rows:
        raise answers.lost[0].error
    return answers


def _warn_of_versions(scenes: Sequence[Scene]) -> None:
    """Say of which images a checkpoint cannot know whether their pixels have changed.

    Warns:
        UserWarning: images have neither `system:version` nor PRODUCT_ID, as after arithmetic.
    """
    unknown = [scene.index for scene in scenes if scene.version is None]
    if unknown:
        warn_caller(
            f"{len(unknown)} of {len(scenes)} images do not say which version of their content they are, such as "
            f"{unknown[0]!r}: answers of the checkpoint are taken even where their pixels have changed since. Where "
            "they were computed, .copyProperties(image, ['PRODUCT_ID']) tells it."
        )


@dataclass(frozen=True)
class _Ahead:
    """What is planned to be asked for.

    Attributes:
        requests: by how many, where none is too much for the server.
        pairs: of region and image, or day, that can meet.
        pixels: that are read, about.
    """

    requests: int
    pairs: int
    pixels: float

    @classmethod
    def of(cls, pieces: Iterable[SurveyPiece]) -> Self:
        requests, pairs, pixels = 0, 0, 0.0
        for piece in pieces:
            requests, pairs, pixels = requests + 1, pairs + piece.pairs, pixels + piece.pixels
        return cls(requests, pairs, pixels)


@contextlib.contextmanager
def _shown(progress: Progress | None) -> Iterator[None]:
    """Leave a bar as it is, however the work ends."""
    try:
        yield
    finally:
        if isinstance(progress, Bar):
            progress.close()


def _ask(
    sections: Sequence[Section],
    door: Door,
    checkpoint: Checkpoint | None,
    answers: Answers,
    ahead: _Ahead,
    take: Callable[[Measured], None],
    progress: Progress | None,
) -> None:
    """Have pieces answered, and save each at once. They are cut as they are asked for, with what was learned."""
    sizes = Sizes()
    work: Work[SurveyPiece] = Work(door, planned_pieces(sections, door.run, checkpoint, sizes), sizes)
    told = _Told(progress, door, ahead.requests, sizes)
    answers.planned, answers.lost = ahead.pairs, work.lost
    told.tell(answers)
    for piece, measured in work.answers():
        if checkpoint is not None and answers.trouble is None:
            try:
                checkpoint.save(piece, measured)
            except CheckpointError as error:
                answers.trouble = error
                work.stop()
        take(measured)
        answers.rows += len(measured)
        answers.pieces += 1
        answers.answered += piece.pairs
        told.tell(answers)
    told.tell(answers)


@dataclass
class _Told:
    """Whoever is told how far the work is.

    Attributes:
        progress: a bar shows rows that are there, and pairs that may have one still; a function is told of requests
            that are done, and to do.
        door: knows what was asked.
        planned: requests.
        sizes: say whether it goes by the plan.
        last: what was told, done and to do; it is told once.
    """

    progress: Progress | None
    door: Door
    planned: int
    sizes: Sizes
    last: tuple[int, int] | None = None

    def tell(self, answers: Answers) -> None:
        """Tell of the answers up to now."""
        done = answers.pieces + len(answers.lost)
        is_bar = isinstance(self.progress, Bar)
        now = (answers.rows, answers.left) if is_bar else (done, self._to_do(answers))
        if now == self.last:
            return
        self.last = now
        if isinstance(self.progress, Bar):
            tally = self.door.tally
            more = {"requests": tally.requests, "waits": tally.waits, "splits": tally.splits}
            self.progress.show(answers.rows, answers.rows + answers.left, more, " rows")
        elif callable(self.progress) and done:
            self.progress(done, sum(now))

    def _to_do(self, answers: Answers) -> int:
        """Requests to come; about, where they are smaller than planned."""
        if not answers.left:
            return 0
        if not self.sizes.learned:
            return self.planned - answers.pieces - len(answers.lost)
        return math.ceil(answers.left * max(1, answers.pieces) / max(1, answers.answered))


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
    with opened_checkpoint(run, job, sections) as checkpoint, profiled() as profiles:
        piece = next(planned_pieces(sections, run, checkpoint), None)
        if piece is None:
            return None
        door = Door(run)
        work = Work(door, [piece])
        for part, measured in work.answers():
            if checkpoint is not None:
                checkpoint.save(part, measured)
    if work.lost:
        raise work.lost[0].error
    spent = door.eecu_seconds(profiles)
    return None if spent is None else (spent, piece.pixels)


def planned_pieces(
    sections: Sequence[Section], run: Run, checkpoint: Checkpoint | None, sizes: Sizes | None = None
) -> Iterator[SurveyPiece]:
    """What is still to be asked for, piece by piece.

    Args:
        sections: all of the work.
        run: has the limits of a request.
        checkpoint: has what is there.
        sizes: what was too much for the server up to now.
    """
    for section in sections:
        wanted = None if checkpoint is None else checkpoint.wanted(section.subject)
        yield from section.pieces(run.limits, wanted, sizes)


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
            hint = (
                "gee_scl.plan(...) says of what, on the command line --plan: "
                "take a shorter period or fewer regions, or allow more."
            )
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
    left = f", and {answers.left:,} pairs of region and image were not asked for" if answers.left else ""
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
