"""How many may be under way: halved, raised, held back and stopped."""

from __future__ import annotations

import contextlib
import threading
import time
from contextlib import ExitStack

import pytest

from gee_scl.requests.pace import Pace, StoppedError


def test_no_more_than_the_limit_are_under_way() -> None:
    pace, most, lock = Pace(3), [0, 0], threading.Lock()

    def ask() -> None:
        with pace.turn():
            with lock:
                most[0] += 1
                most[1] = max(most)
            time.sleep(0.01)
            with lock:
                most[0] -= 1

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [0, 3]


def test_what_is_one_too_many_halves_and_good_answers_raise_by_one() -> None:
    pace = Pace(8)
    with ExitStack() as stack:
        turns = [stack.enter_context(pace.turn()) for _ in range(6)]
        pace.lower(turns[0])
        assert pace.limit == 3  # of the six that were under way
        for turn in turns[1:]:
            pace.lower(turn)
        assert pace.limit == 3  # they began before
    limits = []
    for _ in range(80):
        pace.went_well()
        limits.append(pace.limit)
    # Three times as many as may be under way, each time.
    assert [limits.index(limit) + 1 for limit in (4, 5, 6, 7, 8)] == [9, 21, 36, 54, 75]
    assert max(limits) == 8


def test_it_never_falls_below_one_and_a_request_knows_that_it_is_alone() -> None:
    pace = Pace(4)
    for _ in range(3):
        with pace.turn() as turn:
            assert turn.alone
            pace.lower(turn)
    assert pace.limit == 1
    other = Pace(4)
    with other.turn() as first, other.turn() as second:
        assert not first.alone
        assert not second.alone


def test_restricted_there_is_one_for_good() -> None:
    pace = Pace(4)
    pace.restrict()
    for _ in range(100):
        pace.went_well()
    assert pace.limit == 1


def test_a_pause_holds_all_back() -> None:
    pace = Pace(4)
    pace.pause(0.2)
    began = time.monotonic()
    with pace.turn():
        assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("waiting", ["turn", "rest", "pause"])
def test_stopping_ends_all_waiting_at_once(waiting: str) -> None:
    pace, ended = Pace(1), list[float]()

    def wait() -> None:
        with contextlib.suppress(StoppedError), pace.turn() if waiting != "rest" else contextlib.nullcontext():
            pace.rest(60)
        ended.append(time.monotonic())

    with pace.turn():
        if waiting == "pause":
            pace.pause(60)
        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.05)
        stopped = time.monotonic()
        pace.stop()
        thread.join(2)
    assert ended[0] - stopped < 0.3
    with pytest.raises(StoppedError), pace.turn():
        pass
    with pytest.raises(StoppedError):
        pace.rest(0)
