"""What one request may use while it is evaluated: assets, limits, and what it has already worked out."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from gee_scl.local.counters import Threads
from gee_scl.local.counters.profiles import Profiles
from gee_scl.local.errors import TimedOutError
from gee_scl.local.values import Element

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one interactive request may cost, and how many tasks there may be; the numbers are Earth Engine's.

    With no task that may run, all of them wait: so a full queue can be seen without three thousand exports.

    Source: https://developers.google.com/earth-engine/guides/usage
    """

    seconds: float = 300
    request_bytes: int = 10 * MEBIBYTE
    collection_elements: int = 5000
    result_bytes: int = 100 * MEBIBYTE
    cache_bytes: int = 192 * MEBIBYTE
    running_tasks: int = 2
    queued_tasks: int = 3000


class Assets(Protocol):
    """Where images, collections and tables are loaded from."""

    def load(self, asset_id: str) -> Element:
        """The asset of this id.

        Raises:
            NotFoundError: there is none.
        """


@dataclass
class Context:
    """The state of one request. Threads that evaluate its tiles share it."""

    assets: Assets
    limits: Limits = field(default_factory=Limits)
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    profiles: Profiles = field(default_factory=Profiles)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin again with the full time and nothing kept: the next page of a table is a request of its own."""
        self._ends = time.monotonic() + self.limits.seconds
        self.cache = BoundedCache(self.limits.cache_bytes)

    def check_time(self) -> None:
        """Stop where the request has used up its time.

        Raises:
            TimedOutError: it has.
        """
        if time.monotonic() > self._ends:
            raise TimedOutError

    def threads(self) -> AbstractContextManager[Threads]:
        """A pool for the tiles of one reduction, lent to it alone."""
        return _pools.lent(self.workers)


class _Pools:
    """Pools of threads that wait for their next work.

    GDAL and PROJ open their database for each thread anew: the first raster that a thread opens takes it ten
    milliseconds, and any other less than one. Nobody shares a pool, so that work may wait for work that it has begun.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: list[tuple[int, Threads]] = []
        self._lock = threading.Lock()

    @contextmanager
    def lent(self, workers: int) -> Iterator[Threads]:
        pool = self._taken(workers) or Threads(workers, thread_name_prefix="gee-scl-tile")
        try:
            yield pool
        except BaseException:
            pool.shutdown()
            raise
        self._keep(workers, pool)

    def forget(self) -> None:
        """Have no pool any more: threads do not come along where a process forks."""
        self._idle, self._lock = [], threading.Lock()

    def _taken(self, workers: int) -> Threads | None:
        with self._lock:
            fitting = [place for place, (count, _) in enumerate(self._idle) if count == workers]
            return self._idle.pop(fitting[-1])[1] if fitting else None

    def _keep(self, workers: int, pool: Threads) -> None:
        with self._lock:
            self._idle.append((workers, pool))
            surplus = self._idle.pop(0)[1] if len(self._idle) > self._most else None
        if surplus is not None:
            surplus.shutdown()


_pools = _Pools(most=8)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.forget)


class BoundedCache:
    """Least recently used values up to a number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._used = 0
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, make: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        """The value of a key, made where it is not there. Two threads may both make it; one is kept."""
        return self.get_all([key], lambda _: [make()], size)[0]

    def get_all(
        self, keys: Sequence[Hashable], make: Callable[[list[int]], Sequence[Any]], size: Callable[[Any], int]
    ) -> list[Any]:
        """The values of many keys; those that are not there are made together, from their positions."""
        values: dict[int, Any] = {}
        with self._lock:
            for place, key in enumerate(keys):
                if key in self._values:
                    self._values.move_to_end(key)
                    values[place] = self._values[key][0]
        missing = [place for place in range(len(keys)) if place not in values]
        new_values = make(missing) if missing else ()
        with self._lock:
            for place, value in zip(missing, new_values, strict=True):
                values[place] = value
                self._keep(keys[place], value, size(value))
        return [values[place] for place in range(len(keys))]

    def clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._values.clear()
            self._used = 0

    def _keep(self, key: Hashable, value: Any, cost: int) -> None:
        if key in self._values or cost > self._max:
            return
        self._values[key] = (value, cost)
        self._used += cost
        while self._used > self._max:
            _, (_, freed) = self._values.popitem(last=False)
            self._used -= freed
