"""Jobs done several at a time, and sequences cut into what one job may do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.errors import ArgumentError
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import batches, in_parallel
from tests.support.engines import session_on


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def test_results_come_in_the_jobs_order() -> None:
    def job(number: int) -> int:
        time.sleep(0.002 * (5 - number))
        return number

    told: list[tuple[int, int]] = []
    jobs = [lambda number=number: job(number) for number in range(5)]
    assert in_parallel(jobs, Door(), lambda done, total: told.append((done, total)), workers=5) == list(range(5))
    assert told == [(n, 5) for n in range(1, 6)]


def test_progress_is_a_function_or_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ArgumentError, match="progress: got 1; allowed: True for a bar, a function of two numbers"):
        in_parallel([lambda: 1], Door(), 1, workers=1)  # type: ignore[arg-type]
    in_parallel([lambda: 1] * 3, Door(), False, workers=1)
    assert capsys.readouterr().err == ""
    in_parallel([lambda: 1] * 3, Door(), True, workers=1)
    assert "3/3" in capsys.readouterr().err


def test_no_more_jobs_than_workers_are_under_way() -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def job() -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.005)
        with lock:
            under_way -= 1

    in_parallel([job] * 12, Door(), workers=3)
    assert most == 3


def test_after_a_failure_no_further_job_is_started() -> None:
    started: list[int] = []

    def job(number: int) -> None:
        started.append(number)
        if number == 0:
            raise ValueError(number)
        time.sleep(0.05)

    with pytest.raises(ValueError, match="0"):
        in_parallel([lambda number=number: job(number) for number in range(200)], Door(), workers=1)
    # The worker goes on until it is told: on a busy machine that takes a moment, but not ten seconds.
    assert len(started) < 100


@given(
    costs=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=40),
    most=st.tuples(st.integers(1, 50), st.integers(1, 50)),
)
def test_batches_keep_order_and_limits(costs: list[tuple[int, int]], most: tuple[int, int]) -> None:
    runs = list(batches(costs, (lambda c: c[0], most[0]), (lambda c: c[1], most[1])))
    assert [cost for run in runs for cost in run] == costs
    for run in runs:
        assert len(run) == 1 or (sum(c[0] for c in run) <= most[0] and sum(c[1] for c in run) <= most[1])
