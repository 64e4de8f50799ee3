"""Threads that wait for the server: order, further jobs, an end at once."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time

import pytest

from gee_scl.requests.crew import Crew


def test_each_job_comes_with_its_result() -> None:
    crew: Crew[int, int] = Crew(lambda number: number * number, 3)
    assert sorted(crew.results(range(1, 20))) == [(n, n * n) for n in range(1, 20)]


def test_what_a_job_raises_is_its_result() -> None:
    crew: Crew[int, float] = Crew(lambda number: 1 / number, 2)
    outcomes = dict(crew.results([0, 1]))
    assert outcomes[1] == 1
    assert isinstance(outcomes[0], ZeroDivisionError)


def test_jobs_can_be_put_before_those_that_wait() -> None:
    crew: Crew[int, int] = Crew(lambda number: number, 1)
    done = []
    for job, _ in crew.results([1, 2, 3]):
        done.append(job)
        if job == 1:
            crew.first([10, 11])
    assert done == [1, 10, 11, 2, 3]


def test_jobs_are_taken_as_there_is_room() -> None:
    taken = []

    def jobs() -> object:
        for number in range(100):
            taken.append(number)
            yield number

    crew: Crew[int, int] = Crew(lambda number: number, 4)
    for number, _ in enumerate(crew.results(jobs()), 1):  # type: ignore[arg-type]
        assert len(taken) <= number + 4


def test_after_a_stop_no_further_job_is_started() -> None:
    started: list[int] = []
    crew: Crew[int, None] = Crew(started.append, 2)
    for _ in crew.results(range(100)):
        crew.stop()
    assert len(started) <= 3


def test_no_more_threads_than_workers_are_left_behind() -> None:
    before = set(threading.enumerate())
    crew: Crew[int, None] = Crew(lambda _: time.sleep(0.01), 4)
    next(iter(crew.results(range(4))))
    deadline = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(threading.enumerate()) <= before


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT of another process")
def test_an_interrupt_ends_at_once_whatever_a_job_does() -> None:
    script = """
        import _thread, signal, threading, time
        from gee_scl.requests.crew import Crew
        # What a script has started in the background ignores it, and so would this.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Timer(0.5, _thread.interrupt_main).start()
        try:
            list(Crew(lambda _: time.sleep(60), 2).results(range(9)))
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60)
    assert done.stdout == "interrupted\n", done.stderr
    assert time.monotonic() - started < 30
