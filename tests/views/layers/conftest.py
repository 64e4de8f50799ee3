"""Maps over an engine with three images of known classes, and what the engine was asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import ee
import folium
import geemap
import numpy as np
import pytest

import gee_scl
from gee_scl import layers
from gee_scl.local.server import LocalServer
from tests.support.engine_log import EngineLog, engine_log
from tests.support.engines import session_on
from tests.support.local.catalogues import Scene, make_catalogue
from tests.support.notebook_maps import BANDS, CODES, box_of


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("layers")
    scenes = [Scene(CODES, time="2023-05-01T10:00:00Z", bands=BANDS)]
    scenes += [Scene(CODES, tile="32TQS", time="2023-05-01T10:00:10Z", bands=BANDS)]
    scenes += [Scene(CODES, time="2023-05-06T10:00:00Z", bands=BANDS)]
    make_catalogue(folder, scenes)
    with LocalServer(folder) as server:
        yield server.url


@pytest.fixture
def session(engine: str) -> Iterator[str]:
    with session_on(engine) as url:
        yield url


@pytest.fixture
def log() -> Iterator[EngineLog]:
    with engine_log() as handler:
        yield handler


@pytest.fixture
def m(session: str) -> geemap.Map:
    return layers.new_map(box_of((0, 11)))


@pytest.fixture
def image(session: str) -> ee.Image:
    return ee.Image(gee_scl.collection().first())


@pytest.fixture
def page(session: str) -> folium.Map:
    return layers.new_map(box_of((0, 11)), backend="folium")


@pytest.fixture(scope="session")
def many_dates() -> list[date]:
    return [date(2023, 1, 1) + timedelta(days=3 * n) for n in range(118)]


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory, many_dates: list[date]) -> Path:
    """A catalogue of 118 dates."""
    folder: Path = tmp_path_factory.mktemp("dates")
    small = np.arange(4, 8, dtype=np.uint8).reshape(2, 2)
    return make_catalogue(folder, [Scene(small, time=f"{day}T10:00:00Z") for day in many_dates])
