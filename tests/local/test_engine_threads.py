"""What the threads of an engine must not do to the rest of their process."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import Any

import ee
import pytest

import gee_scl
from tests.support.engines import session_over


def test_an_engine_leaves_the_filters_of_warnings_alone(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are of the whole process: two threads that change them at a time may leave them changed."""
    entered: list[str] = []

    class Watched(warnings.catch_warnings):
        def __enter__(self) -> Any:
            entered.append(threading.current_thread().name)
            return super().__enter__()

    corners = [[11.58, 46.42], [11.6, 46.44], [11.6, 46.42], [11.58, 46.44], [11.58, 46.42]]

    def measure() -> None:
        images = gee_scl.collection(start="2023-05-01", end="2023-06-01")
        gee_scl.class_statistics(images, gee_scl.sample_regions(), by="date")
        crossed = ee.FeatureCollection([ee.Feature(ee.Geometry.Polygon([corners]))])
        gee_scl.class_statistics(images, crossed, weights="fraction")

    with session_over(sample):
        measure()  # projections are made, and kept
        monkeypatch.setattr(warnings, "catch_warnings", Watched)
        measure()
    assert set(entered) <= {threading.main_thread().name}
