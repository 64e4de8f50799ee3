"""The client's own repetitions, which are none while calls of ours run, and afterwards as the user has them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import ee
import pytest

from gee_scl.requests.client_retries import no_client_retries, usual_retries
from gee_scl.requests.connection import previous_connection_restored


def retries() -> int:
    return int(ee.data._get_state().max_retries)


@pytest.fixture(autouse=True)
def five(sample_session: str) -> Iterator[None]:
    ee.data.setMaxRetries(5)
    yield
    ee.data.setMaxRetries(5)


def test_there_are_none_within_and_the_users_number_after() -> None:
    ee.data.setMaxRetries(3)
    with no_client_retries():
        assert (retries(), usual_retries()) == (0, 3)
        with no_client_retries():
            assert retries() == 0
        assert retries() == 0
    assert (retries(), usual_retries()) == (3, 3)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_whatever_ends_it_the_number_is_put_back(error: type[BaseException]) -> None:
    with pytest.raises(error), no_client_retries():
        raise error
    assert retries() == 5


@pytest.mark.parametrize("number", [0, 2, 7])
def test_a_number_that_is_set_meanwhile_stays(number: int) -> None:
    with no_client_retries():
        ee.data.setMaxRetries(number)
    assert retries() == number
    with no_client_retries():
        ee.data.setMaxRetries(number + 1)
        with no_client_retries():
            assert retries() == 0
        assert retries() == 0
    assert retries() == number + 1


def test_the_last_of_many_threads_puts_it_back() -> None:
    inside, over = threading.Barrier(9), threading.Event()

    def call() -> int:
        with no_client_retries():
            inside.wait()
            number = retries()
            over.wait()
            return number

    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(call) for _ in range(8)]
        inside.wait()
        with no_client_retries():
            pass
        assert retries() == 0
        over.set()
        assert [done.result() for done in calls] == [0] * 8
    assert retries() == 5


def test_a_session_that_is_opened_and_closed_within_keeps_the_users_number() -> None:
    call, restored = no_client_retries(), previous_connection_restored()
    call.__enter__()
    restored.__enter__()
    call.__exit__(None, None, None)
    restored.__exit__(None, None, None)
    assert retries() == 5


def test_a_client_that_is_reset_within_has_its_own() -> None:
    with previous_connection_restored():
        with no_client_retries():
            ee.Reset()
            assert retries() == 5
            with no_client_retries():
                assert retries() == 0
            assert retries() == 5
        assert retries() == 5
