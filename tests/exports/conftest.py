"""What the tests of exports share: an engine that exports to a folder of the test, and one whose tasks all wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gee_scl.local.context import Limits
from tests.support.exported import Bench, bench


@pytest.fixture
def cache(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEE_SCL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def session(sample: Path, tmp_path: Path, cache: Path) -> Iterator[Bench]:
    with bench(sample, tmp_path / "exports") as opened:
        yield opened


@pytest.fixture
def at_rest(sample: Path, tmp_path: Path, cache: Path) -> Iterator[Bench]:
    """An engine whose tasks all wait, of which it takes three."""
    with bench(sample, tmp_path / "exports", Limits(running_tasks=0, queued_tasks=3)) as opened:
        yield opened


@pytest.fixture
def regions(sample: Path) -> Path:
    """The sample's regions, as a file."""
    return sample / "regions.geojson"
