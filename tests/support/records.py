"""A record of how a frame was made, to put on frames that tests make by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from gee_scl.frames.record import Record

_RECORD = Record(
    scheme="scl",
    classes={},
    left_out=(),
    band="SCL",
    weights="centre",
    crs=None,
    scale=20.0,
    own_grid=True,
    images=1,
    synthetic=False,
    regions=1,
    requests=1,
    by="date",
    day="utc",
)


def say(frame: pd.DataFrame, **facts: Any) -> None:
    """Let a frame say how it was made: as usual, but for these facts."""
    replace(_RECORD, **facts).put_on(frame)
