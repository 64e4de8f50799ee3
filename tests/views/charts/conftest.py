"""Charts are drawn alike on every machine, and closed afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.figures import same_everywhere


@pytest.fixture(autouse=True)
def matplotlib_settings() -> Iterator[None]:
    with same_everywhere():
        yield
