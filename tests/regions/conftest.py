"""What the tests of regions share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.engines import session_on


@pytest.fixture(scope="module")
def constructors(sample_engine: str) -> Iterator[None]:
    """An open session: the client gets the constructors' signatures when one opens."""
    with session_on(sample_engine):
        yield
