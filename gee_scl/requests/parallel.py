"""Jobs that wait for the server, several at a time, and sequences cut into what one job may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from gee_scl.errors import ArgumentError

Progress = Callable[[int, int], None]
"""Called with the number of jobs that are done, and their total."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(
    jobs: Sequence[Callable[[], Result]], progress: Progress | None = None, *, workers: int
) -> list[Result]:
    """Do jobs that wait for the server, several at a time.

    Args:
        jobs: what to do.
        progress: called with the number of jobs done and their total after each.
        workers: how many at a time.

    Returns:
        Their results, in the jobs' order.

    Raises:
        ArgumentError: `progress` cannot be called.
        Exception: that of the first job that failed. No further job is started; those under way are waited for.
    """
    if progress is not None and not callable(progress):
        raise ArgumentError("progress", progress, "a function of two numbers, the jobs done and all, or None")
    with ThreadPoolExecutor(workers, thread_name_prefix="gee-scl") as pool:
        futures = [pool.submit(job) for job in jobs]
        try:
            for number, future in enumerate(as_completed(futures), 1):
                future.result()
                if progress is not None:
                    progress(number, len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def batches(items: Sequence[Item], *limits: tuple[Callable[[Item], float], float]) -> Iterator[Sequence[Item]]:
    """Cut a sequence into runs, each within every limit.

    Args:
        items: what to cut, in order.
        limits: pairs of a cost of one item and the most that a run may cost; an item beyond it makes a run alone.
    """
    start, spent = 0, [0.0] * len(limits)
    for place, item in enumerate(items):
        costs = [cost(item) for cost, _ in limits]
        over = any(s + c > most for s, c, (_, most) in zip(spent, costs, limits, strict=True))
        if over and place > start:
            yield items[start:place]
            start, spent = place, [0.0] * len(limits)
        spent = [s + c for s, c in zip(spent, costs, strict=True)]
    if start < len(items):
        yield items[start:]
