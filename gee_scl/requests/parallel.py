"""Jobs that wait for the server, several at a time, and sequences cut into what one job may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from gee_scl.options.arguments import progress as checked_progress
from gee_scl.requests.crew import Crew
from gee_scl.requests.door import Door

Progress = Callable[[int, int], None] | bool
"""Called with the number of jobs that are done, and their total; True shows a bar, where a function is asked."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(
    jobs: Sequence[Callable[[], Result]], door: Door, progress: Progress | None = None, *, workers: int
) -> list[Result]:
    """Do jobs that wait for the server, several at a time.

    Args:
        jobs: what to do.
        door: by which they ask. It is stopped where whoever waits here is interrupted, so that jobs which are under way
            then ask for nothing more.
        progress: called with the number of jobs done and their total after each.
        workers: how many at a time.

    Returns:
        Their results, in the jobs' order.

    Raises:
        ArgumentError: `progress` cannot be called.
        Exception: that of the first job that failed. No further job is started; those under way are waited for.
    """
    advance = None if progress is None else checked_progress("progress", progress)
    results: dict[int, Result] = {}
    failed: BaseException | None = None
    crew: Crew[int, Result] = Crew(lambda number: jobs[number](), workers)
    try:
        for number, result in crew.results(range(len(jobs))):
            if isinstance(result, BaseException):
                failed = failed or result
                crew.stop()
                continue
            results[number] = result
            if advance is not None and failed is None:
                advance(len(results), len(jobs))
    except BaseException:
        door.stop()
        raise
    if failed is not None:
        raise failed
    return [results[number] for number in range(len(jobs))]


def batches(
    items: Sequence[Item],
    *limits: tuple[Callable[[Item], float], float],
    too_much: Callable[[Sequence[float]], bool] | None = None,
) -> Iterator[Sequence[Item]]:
    """Cut a sequence into runs, each within every limit.

    Args:
        items: what to cut, in order.
        limits: pairs of a cost of one item and the most that a run may cost; an item beyond it makes a run alone.
        too_much: whether a run of such costs is too much, as it is known when the run is made.
    """
    start, spent = 0, [0.0] * len(limits)
    for place, item in enumerate(items):
        costs = [cost(item) for cost, _ in limits]
        further = [s + c for s, c in zip(spent, costs, strict=True)]
        over = any(f > most for f, (_, most) in zip(further, limits, strict=True))
        if place > start and (over or (too_much is not None and too_much(further))):
            yield items[start:place]
            start, further = place, costs
        spent = further
    if start < len(items):
        yield items[start:]
