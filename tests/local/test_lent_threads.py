"""The threads of a reduction: kept for the next one, and never shared by two."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading

import pytest

from gee_scl.local.context import Context


class Nothing:
    def load(self, asset_id: str) -> None:
        raise LookupError(asset_id)


def context(workers: int = 2) -> Context:
    return Context(Nothing(), workers=workers)  # type: ignore[arg-type]


def threads_of(of: Context) -> set[int]:
    """The threads that do what has to be done by two at once."""
    meet = threading.Barrier(of.workers, timeout=10)
    with of.threads() as pool:
        done = [pool.submit(lambda: (meet.wait(), threading.get_ident())[1]) for _ in range(of.workers)]
        return {each.result() for each in done}


def test_the_next_reduction_has_the_threads_of_the_last() -> None:
    first = threads_of(context())
    assert len(first) == 2
    assert threads_of(context()) == first


def test_reductions_at_the_same_time_share_no_threads() -> None:
    with context().threads() as one, context().threads() as other:
        assert one is not other


def test_work_waits_for_work_that_it_has_begun() -> None:
    only = context(workers=1)

    def outer() -> int:
        with only.threads() as inner:
            return inner.submit(lambda: 5).result(timeout=10)

    with only.threads() as pool:
        assert pool.submit(outer).result(timeout=10) == 5


def test_threads_of_work_that_failed_are_not_lent_again_and_have_ended() -> None:
    ended = []

    def fails() -> None:
        with context().threads() as pool:
            ended.append(pool)
            pool.submit(int)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the one above
        fails()
    assert not any(thread.is_alive() for thread in ended[0]._threads)
    with context().threads() as pool:
        assert pool is not ended[0]


FORKING = """
import os, sys
from tests.local.test_lent_threads import context, threads_of
assert len(threads_of(context())) == 2
child = os.fork()
if child == 0:
    os._exit(0 if len(threads_of(context())) == 2 else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
def test_a_process_that_forks_has_threads_of_its_own() -> None:
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING], check=False, timeout=60).returncode == 0


ENDING = """
import threading
from tests.local.test_lent_threads import context, threads_of

def task():
    kept = threads_of(context())
    threading.main_thread().join()
    with context().threads() as pool:
        print(len(kept), pool.submit(threading.get_ident).result() == threading.get_ident())

threading.Thread(target=task).start()
"""


def test_work_of_a_script_that_ends_is_done_without_threads() -> None:
    done = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("2 True\n", "")
