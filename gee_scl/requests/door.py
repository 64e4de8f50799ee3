"""Fetching tables: the only place that asks Earth Engine for rows, chunk by chunk."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import ee

from gee_scl.errors import NotInitializedError, RequestError

MAX_ROWS = 4000
"""Rows of one chunk: below the 5,000 elements at which Earth Engine aborts a collection query."""

MAX_BYTES = 5_000_000
"""Bytes of geometry in one request: half of Earth Engine's 10 MB, since the expression around it counts too."""

MAX_PIXELS = 150_000_000
"""Pixels x images of one chunk: an interactive request ends after about five minutes."""

PAGE_SIZE = 1000
"""Rows of one page of an answer: what table:computeFeatures gives by default."""

MAX_PARALLEL = 4
"""Requests at a time: Earth Engine allows 40, and slows down a user who has many aggregations under way
(https://developers.google.com/earth-engine/guides/usage)."""

Row = dict[str, Any]
Progress = Callable[[int, int], None]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Chunk:
    """A part of the work that one request does, and what to call it when it fails."""

    name: str
    table: ee.FeatureCollection


@dataclass
class Tables:
    """Fetches tables, and counts the requests it takes.

    Waiting, splitting and resuming belong into `_fetch_chunk`: it is the one place where a chunk can fail.
    """

    requests: int = field(default=0, init=False)
    _counting: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def fetch(self, chunks: Sequence[Chunk], progress: Progress | None = None) -> list[Row]:
        """The rows of all chunks, in the chunks' order.

        Args:
            chunks: what to fetch; several at a time.
            progress: called with the number of chunks done and their total after each.

        Returns:
            One dictionary of properties per row.

        Raises:
            RequestError: a chunk failed; the error names it. No further chunk is started.
        """
        tables = in_parallel([partial(self._fetch_chunk, chunk) for chunk in chunks], progress)
        return [row for table in tables for row in table]

    def fetch_one(self, name: str, table: ee.FeatureCollection) -> list[Row]:
        """The rows of one table."""
        return self._fetch_chunk(Chunk(name, table))

    def value(self, name: str, expression: ee.ComputedObject) -> Any:
        """One value, by one request."""
        self._count()
        with _named(name):
            return expression.getInfo()

    def _fetch_chunk(self, chunk: Chunk) -> list[Row]:
        return [feature["properties"] for page in self._pages(chunk) for feature in page.get("features", ())]

    def _count(self) -> None:
        with self._counting:
            self.requests += 1

    def _pages(self, chunk: Chunk) -> Iterator[dict[str, Any]]:
        parameters: dict[str, Any] = {"expression": chunk.table, "pageSize": PAGE_SIZE}
        while True:
            self._count()
            with _named(chunk.name):
                page = ee.data.computeFeatures(parameters)
            yield page
            token = page.get("nextPageToken")
            if not token:
                return
            parameters["pageToken"] = token


def in_parallel(
    jobs: Sequence[Callable[[], Result]], progress: Progress | None = None, workers: int = MAX_PARALLEL
) -> list[Result]:
    """Do jobs that wait for the server, several at a time.

    Args:
        jobs: what to do.
        progress: called with the number of jobs done and their total after each.
        workers: how many at a time.

    Returns:
        Their results, in the jobs' order.

    Raises:
        Exception: that of the first job that failed. No further job is started; those under way are waited for.
    """
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


class _named:  # noqa: N801 - reads as a statement
    """Turns what the client raises into an error that names the work."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        if not ee.data.is_initialized():
            raise NotInitializedError

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # Exhausted network failures leave the client as Python's own errors.
        if isinstance(error, ee.EEException | ConnectionError | TimeoutError):
            raise request_error(self._what, error) from error


def request_error(what: str, error: BaseException) -> RequestError:
    """An error of the client as ours, with the server's text, its status, and advice where there is some."""
    response = getattr(error.__context__, "resp", None)
    status = int(response.status) if response is not None else None
    text = str(error)
    advice = next((hint for pattern, hint in _ADVICE if re.search(pattern, text)), "")
    return RequestError(what, text, status, advice)


# Texts of Earth Engine's errors (https://developers.google.com/earth-engine/guides/debugging), and what helps.
_ADVICE = (
    (r"did not match any bands", "Name a band that every image has with band=..."),
    (
        r"User memory limit exceeded|Computation timed out|value is too large",
        "Use fewer or smaller regions, a shorter period, or tile_scale=4.",
    ),
    (r"Too many concurrent aggregations|Quota|429", "Wait, then ask again; other work may be using the quota."),
    (r"not found \(does not exist", "Check the asset's id, and that your project may read it."),
    (r"Request payload size", "Simplify the regions' outlines, or upload them as an asset."),
)
