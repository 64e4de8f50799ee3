"""A server as it is on a bad day: refusals that pass, broken connections, and bounds that it tells nobody, at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from gee_scl.local.http.armed_faults import ArmedFault
from gee_scl.local.server import LocalServer

IN_FLIGHT = 3
"""Tables that are worked at together, beyond which one is an aggregation too many."""


@dataclass(frozen=True)
class HiddenBounds:
    """What is too much for the server.

    Attributes:
        pixels: that a table reads from files; more is out of memory.
        pairs: of a table; more is too slow.
    """

    pixels: int
    pairs: int


@contextmanager
def mixed_faults(server: LocalServer, bounds: HiddenBounds, seed: int) -> Iterator[dict[str, ArmedFault]]:
    """10 % of status 429, 5 % of 503 with a page, 1 % cut, 1 % dropped, aggregations beyond three, and hidden bounds.

    Args:
        server: fails so.
        bounds: of its own.
        seed: chooses whom the shares strike.
    """
    tables = "table.computeFeatures"
    faults = {
        "10 % 429": f"* status=429 share=0.1 seed={seed}",
        "5 % 503 with a page": f"* status=503 body=html share=0.05 seed={seed + 1000}",
        "1 % cut": f"* cut=0.5 share=0.01 seed={seed + 2000}",
        "1 % dropped": f"* dropped share=0.01 seed={seed + 3000}",
        f"more than {IN_FLIGHT} in flight": f"{tables} error=too-many-aggregations in_flight={IN_FLIGHT}",
        f"memory above {bounds.pixels} pixels": f"{tables} error=memory pixels={bounds.pixels}",
        f"timeout above {bounds.pairs} pairs": f"{tables} error=timeout pairs={bounds.pairs}",
    }
    with ExitStack() as armed:
        yield {name: armed.enter_context(server.fail(words)) for name, words in faults.items()}
