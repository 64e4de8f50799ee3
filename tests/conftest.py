"""What the tests share: the engine over the sample, the recorded pixels, and a session on either."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gee_scl.session import sample_folder
from tests.support.engines import server_over, session_on

# How long an example takes says nothing on a machine that has other work.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let no search for garbage go through what is collected: it stays to the end, and is half a million objects."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave most parameters of the tests that are marked so to the long run: every so manyth is tried always."""
    cases: dict[tuple[object, ...], list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("some") is not None:
            cases.setdefault((item.path, getattr(item, "originalname", item.name)), []).append(item)
    for every in cases.values():
        marker = every[0].get_closest_marker("some")
        count = marker.args[0] if marker is not None else len(every)
        tried = {round(place * len(every) / count) for place in range(count)}
        for place, item in enumerate(every):
            if place not in tried:
                item.add_marker(pytest.mark.long)


def shared_folder() -> Path:
    """The folder of recorded pixels and answers: beside the checkout, or where GEE_SCL_SHARED says."""
    given = os.environ.get("GEE_SCL_SHARED")
    return Path(given) if given else Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Recorded pixels and answers; tests that need them are skipped where they are absent."""
    folder = shared_folder()
    if not folder.is_dir():
        pytest.skip(f"no recorded pixels: {folder.name!r} is not beside the checkout")
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    """The synthetic sample's folder."""
    return sample_folder()


@pytest.fixture(scope="session")
def sample_engine(sample: Path) -> Iterator[str]:
    """The address of an engine over the sample, for the whole run."""
    with server_over(sample) as engine:
        yield engine.url


@pytest.fixture
def sample_session(sample_engine: str) -> Iterator[str]:
    """An open session on the sample."""
    with session_on(sample_engine) as url:
        yield url
