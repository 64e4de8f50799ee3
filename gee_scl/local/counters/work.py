"""What requests cost the engine: counted where the work happens, for each request by itself and in total.

Whoever does some work says so, wherever that is, and needs no handle on the request:

    count(Counts(pairs=len(zones)))

The meter of the request under way is a context variable, which `Threads` hand on to whoever works for the request. So
what was evaluated for one request and is kept for another (a map's image, the next pages of a table) counts for the
request that makes it work. Where no request is under way, nothing is counted.
"""

from __future__ import annotations

import contextvars
import dataclasses
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from gee_scl.local.counters.profiles import in_thread

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Counts:
    """An amount of work.

    Attributes:
        bytes_up: of the request's body, as it was sent.
        bytes_down: of the answer's body, as far as it was sent.
        rows: of tables that were answered or written.
        pairs: of an image and a region that reductions met: each feature of a reduceRegions counts one for the image
            that it is applied to, and so does each reduceRegion.
        pixels: stored values that were taken from files, band by band, at whatever resolution. Those that an earlier
            request left decoded count too, so that the same request has the same number each time.
        images: that any of these pixels are of. In a sum over requests, an image counts once for each request.
        blocks_decoded: of files, which no earlier request had left decoded.
        pixels_decoded: in these blocks.
    """

    bytes_up: int = 0
    bytes_down: int = 0
    rows: int = 0
    pairs: int = 0
    pixels: int = 0
    images: int = 0
    blocks_decoded: int = 0
    pixels_decoded: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(mine + yours for mine, yours in zip(self._numbers, other._numbers, strict=True)))

    def __sub__(self, other: Counts) -> Counts:
        return Counts(*(mine - yours for mine, yours in zip(self._numbers, other._numbers, strict=True)))

    @property
    def _numbers(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in _NAMES)


_NAMES = tuple(field.name for field in dataclasses.fields(Counts))


class Meter:
    """The counts of one request, which its threads share."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._images: set[str] = set()
        self._lock = threading.Lock()

    @property
    def counts(self) -> Counts:
        """What has been counted up to now."""
        with self._lock:
            return dataclasses.replace(self._counts, images=len(self._images))

    def add(self, counts: Counts, image: str | None = None) -> None:
        """Count further work.

        Args:
            counts: how much.
            image: the name of the image that it was done on; each counts once.
        """
        with self._lock:
            self._counts += counts
            if image is not None:
                self._images.add(image)


class Counters:
    """The counts of all requests that an engine has answered.

    Example:
        >>> before = server.counters.total
        >>> table.getInfo()
        >>> (server.counters.total - before).pairs
    """

    def __init__(self) -> None:
        self._total = Counts()
        self._requests: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def total(self) -> Counts:
        """The work of all requests and tasks together."""
        with self._lock:
            return self._total

    @property
    def requests(self) -> Mapping[str, int]:
        """How many requests each route has answered, by its name."""
        with self._lock:
            return Counter(self._requests)

    @contextmanager
    def request(self, route: str) -> Iterator[Meter]:
        """Count a request to a route, and what is done for it meanwhile."""
        with self._lock:
            self._requests[route] += 1
        with self.task() as meter:
            yield meter

    @contextmanager
    def task(self) -> Iterator[Meter]:
        """Count what is done meanwhile, for no request."""
        meter = Meter()
        before = _meter.set(meter)
        try:
            yield meter
        finally:
            _meter.reset(before)
            with self._lock:
                self._total += meter.counts


_meter: contextvars.ContextVar[Meter | None] = contextvars.ContextVar("gee_scl_meter", default=None)


def count(counts: Counts, image: str | None = None) -> None:
    """Count work for the request that is under way.

    Args:
        counts: how much.
        image: the name of the image that it was done on.
    """
    meter = _meter.get()
    if meter is not None:
        meter.add(counts, image)


class Threads(ThreadPoolExecutor):
    """Threads that count for the request that gave them their work."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do it in a thread, within the context of whoever asks; here and now where the interpreter is at its end.

        By then Python takes no work for threads any more and ends those that have none, but waits for tasks that are
        under way.
        """
        context = contextvars.copy_context()
        try:
            return super().submit(lambda: context.run(in_thread, lambda: fn(*args, **kwargs)))
        except RuntimeError as error:
            if "shutdown" not in str(error):
                raise
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever asks for the result
            future.set_exception(error)
        return future
