"""An engine that fails on demand, and a session on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ee
import pytest

from gee_scl.local.server import LocalServer
from tests.support.engines import server_over, session_on


@pytest.fixture(scope="package")
def engine(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with server_over(sample, exports=tmp_path_factory.mktemp("exports")) as running:
        yield running


@pytest.fixture
def server(engine: LocalServer) -> Iterator[LocalServer]:
    """An open session on an engine, and nothing of the client's own changed by whatever is asked."""
    with session_on(engine.url):
        yield engine
        assert ee.data._get_state().max_retries == 5
