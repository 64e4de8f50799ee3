"""What the tests of regions share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gee_scl


@pytest.fixture(scope="module")
def constructors(sample_engine: str) -> Iterator[None]:
    """An open session: the client gets the constructors' signatures when one opens."""
    with gee_scl.local_session(sample_engine):
        yield
