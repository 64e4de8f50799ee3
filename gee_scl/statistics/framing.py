"""Rows of a survey, as they come, as one frame in memory, or as Parquet files in a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gee_scl.errors import ArgumentError
from gee_scl.frames.answers import OUTSIDE
from gee_scl.frames.measured import Measured
from gee_scl.frames.outside import warn_of_outside
from gee_scl.frames.partitions import PartitionWriter
from gee_scl.frames.record import Record
from gee_scl.frames.statistics_frame import label_columns, statistics_frame
from gee_scl.options.choices import Layout, Value
from gee_scl.statistics.survey import Survey

_BUFFERED = 20_000
"""Rows (of all classes) that one file of a folder is made of, but for the last."""


class Framing:
    """Takes what was measured, and makes the frame of it.

    Args:
        survey: what is measured.
        layout: of the frame.
        value: what the wide layout holds.

    Raises:
        ArgumentError: the run's `output` is there already, or goes with the long layout only.
        MissingExtraError: Parquet without pyarrow.
    """

    def __init__(self, survey: Survey, layout: Layout, value: Value) -> None:
        self._survey, self._layout, self._value = survey, layout, value
        self._rows: list[Measured] = []
        self._met = np.zeros(len(survey.places), bool)
        self._outside = 0.0
        folder = survey.door.run.output_folder
        if folder is not None and layout is Layout.WIDE:
            raise ArgumentError("output", str(folder), "None, where the layout is wide: files have the long one")
        self._writer = None if folder is None else PartitionWriter(folder, self._labels())

    @property
    def output(self) -> str | None:
        """The folder of the files; None where the frame is in memory."""
        return None if self._writer is None else str(self._writer.folder)

    def take(self, measured: Measured) -> None:
        """Take some rows."""
        self._rows.append(measured)
        self._met[measured.places] = True
        self._outside += float(measured.column(OUTSIDE).sum())
        if self._writer is not None and self._buffered >= _BUFFERED:
            self._write(self._writer)

    @contextlib.contextmanager
    def discarded_on_error(self) -> Iterator[None]:
        """Leave no file behind of work that ends with an error, or is interrupted."""
        try:
            yield
        except BaseException:
            if self._writer is not None:
                self._writer.discard()
            raise

    def regions_without_rows(self) -> list[object]:
        """Ids of the regions that have no row."""
        return [place.id for place, met in zip(self._survey.places, self._met.tolist(), strict=True) if not met]

    def pixels_outside(self) -> float | None:
        """How many pixels have a value that the scheme does not know; the caller is warned of them.

        Warns:
            UserWarning: there are some.
        """
        return warn_of_outside(self._outside, self._survey.measure.scheme, self._survey.measure.band)

    def frame(self, record: Record) -> pd.DataFrame:
        """The frame with its record; where it is in files, one without rows.

        Args:
            record: of how it was made.
        """
        if self._writer is not None:
            self._write(self._writer)
            self._writer.finish(record)
        frame = self._framed()
        record.put_on(frame)
        return frame

    def _write(self, writer: PartitionWriter) -> None:
        if not self._buffered:
            return
        places = np.concatenate([measured.places for measured in self._rows])
        frame = self._framed()
        writer.add(frame, np.repeat(np.sort(places), len(frame) // len(places)))

    def _labels(self) -> pd.DataFrame:
        """What rows can be about: each region and each image, or day, is there."""
        survey = self._survey
        rows = np.arange(max(len(survey.places), len(survey.parts)))
        of_places, of_parts = rows % len(survey.places), rows % len(survey.parts)
        return label_columns(of_places, of_parts, survey.places, survey.parts, survey.regions.keep)

    @property
    def _buffered(self) -> int:
        """Rows that were taken, and are in no file."""
        return sum(map(len, self._rows))

    def _framed(self) -> pd.DataFrame:
        """The frame of the rows that are there, which are let go."""
        survey = self._survey
        return statistics_frame(
            self._rows,
            survey.measure.scheme,
            survey.places,
            survey.parts,
            survey.regions.keep,
            weights=survey.measure.weights,
            layout=self._layout,
            value=self._value,
        )
