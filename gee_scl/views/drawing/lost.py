"""Pictures that could not be had: which, why, and what becomes of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gee_scl.errors import IncompleteError, RequestError
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.choices import OnError
from gee_scl.requests.run import Run
from gee_scl.requests.work import Lost, advised
from gee_scl.views.drawing.window import Window

if TYPE_CHECKING:
    import pandas as pd

_MOST_NAMED = 12
"""Of what a warning names; the record of an error has all."""


@dataclass(frozen=True)
class Missing:
    """A picture that could not be had.

    Attributes:
        name: what it would have shown.
        error: why; None where it was not asked for, since nothing would have helped.
    """

    name: str
    error: RequestError | None = None


def refusal(lost: Lost[Any], window: Window, part: Window, advice: str = "") -> RequestError:
    """The server's refusal, with what helps where it says that a picture is too much.

    Args:
        lost: what could not be had.
        window: of the whole picture.
        part: of it, that was refused and is not cut any further.
        advice: what helps, beside smaller pictures.
    """
    of = "" if part == window else f" of a picture of {window.width} x {window.height}"
    hint = (
        f"That was of {part.width} x {part.height} pixels{of}. {advice}Give a smaller size or region, or put together "
        "fewer images, as of a shorter period."
    )
    return advised(lost.error, hint)


def say_what_is_missing(
    missing: Sequence[Missing], had: Sequence[tuple[str, Any]], run: Run, noun: str, frame: pd.DataFrame | None = None
) -> None:
    """Raise or warn where pictures are missing, as the run asks.

    Args:
        missing: those.
        had: the others, with their names.
        run: says what becomes of failures.
        noun: what people call them, in the plural.
        frame: what was measured beside.

    Raises:
        RequestError: nothing was had.
        IncompleteError: some are missing, with on_error="raise"; it has the others.

    Warns:
        UserWarning: some are missing, with on_error="keep".
    """
    first = next((one.error for one in missing if one.error is not None), None)
    if first is None:
        return
    if not had and frame is None:
        raise first
    if run.on_error is OnError.KEEP:
        names = _listed(one.name for one in missing)
        warn_caller(f"{len(missing)} of {len(missing) + len(had)} {noun} could not be drawn: {names}. {first}")
        return
    failures = [{"pictures": [one.name], "error": str(one.error or "It was not asked for.")} for one in missing]
    hint = (
        f"{len(had)} of {len(missing) + len(had)} {noun} were drawn: the error's pictures has them. With "
        "run=gee_scl.Run(on_error='keep') it goes on without those that cannot be drawn."
    )
    raise IncompleteError(first, failures, frame, hint, pictures=_by_name(had))


def _by_name(had: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Put pictures under their names; a name that comes again gets a number."""
    times, named = Counter[str](), dict[str, Any]()
    for name, picture in had:
        times[name] += 1
        named[name if times[name] == 1 else f"{name} ({times[name]})"] = picture
    return named


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _MOST_NAMED
    return ", ".join(listed[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
