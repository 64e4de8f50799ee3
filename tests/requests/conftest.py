"""An engine that fails on demand, and a session on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ee
import pytest

import gee_scl
from gee_scl.local.server import LocalServer


@pytest.fixture(scope="package")
def engine(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with LocalServer(sample, exports=tmp_path_factory.mktemp("exports")) as running:
        yield running


@pytest.fixture
def server(engine: LocalServer) -> Iterator[LocalServer]:
    """An open session on an engine, and nothing of the client's own changed by whatever is asked."""
    with gee_scl.local_session(engine.url):
        yield engine
        assert ee.data._get_state().max_retries == 5
