"""What a bad day costs: one job on a server that fails in all ways at once, beside the same job on one that does not.

    python -m tests.benchmarks.faults [--seeds N] [--share S ...] [--dates N]

The server refuses 10 % of all requests with 429 and 5 % with a page of 503, cuts or drops 2 %, and lets no more than
three tables be worked at together; and it has two bounds that it tells nobody, pixels above which it runs out of memory
and pairs above which it times out, both at a share of what the largest request is planned with. Printed are requests
without faults and with them, their ratio, what the bound of pairs alone makes of it at the least, how requests ended,
and the seconds that were waited. It fails where the frame differs, or where a request is made again that was refused
for good.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

import gee_scl
from gee_scl.local.server import LocalServer
from tests.support.made_catalogue import chance_squares, make_many
from tests.support.mixed_faults import HiddenBounds, mixed_faults
from tests.support.recorded_requests import RecordedRequests, ends, recorded, repeated_in_vain, waits

_TILES, _REGIONS = 4, 24
"""Tiles, and regions in each."""

_TOGETHER = 6, 8
"""Regions and images that a request is planned with."""

_PIXELS = 50_000
"""That the engine reads for a heavy one of these requests; one in eight reads more."""

_LIMITS = gee_scl.Limits(rows=_TOGETHER[0] * _TOGETHER[1], regions=_TOGETHER[0])


def main() -> None:
    """Do the job without faults, then with each share and seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--share", type=float, nargs="+", default=[0.75, 0.9], help="of a piece, beyond which it fails")
    parser.add_argument("--dates", type=int, default=160)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_many(Path(folder), options.dates * _TILES, _TILES)
        with LocalServer(Path(folder)) as server, gee_scl.local_session(server.url), recorded() as sent:
            regions = chance_squares(_TILES, _REGIONS)
            whole, usual, _, seconds = _job(sent, regions, _LIMITS)
            _print(f"{len(whole):,} rows; without faults {usual} requests in {seconds:.0f} s")
            for share in options.share:
                bounds = HiddenBounds(round(share * _PIXELS), round(share * _LIMITS.rows))
                _, least, _, _ = _job(sent, regions, gee_scl.Limits(rows=bounds.pairs, regions=_TOGETHER[0]))
                _print(f"{share:.0%}: {bounds.pixels:,} pixels, {bounds.pairs} pairs; {least} requests at the least")
                for seed in range(options.seeds):
                    _under_faults(server, sent, regions, whole, usual, bounds, seed)


def _under_faults(
    server: LocalServer,
    sent: RecordedRequests,
    regions: gpd.GeoDataFrame,
    whole: pd.DataFrame,
    usual: int,
    bounds: HiddenBounds,
    seed: int,
) -> None:
    with mixed_faults(server, bounds, seed) as faults, waits() as waited:
        frame, requests, made, seconds = _job(sent, regions, _LIMITS)
    pd.testing.assert_frame_equal(frame, whole)
    again = repeated_in_vain(made)
    assert not again, f"{len(again)} requests were made again in vain, such as {again[0]}"
    kinds = ", ".join(f"{number} {end}" for end, number in ends(made).most_common())
    _print(f"  seed {seed}: {requests} requests, {requests / usual:.2f} times; {seconds:.0f} s")
    _print(f"    {len(waited.seconds)} waits of {sum(waited.seconds):.0f} s, all requests together")
    _print(f"    {kinds}")
    _print(f"    struck: {', '.join(f'{name} {fault.struck}' for name, fault in faults.items())}")


def _job(sent: RecordedRequests, regions: gpd.GeoDataFrame, limits: gee_scl.Limits) -> tuple[Any, int, Any, float]:
    sent.take()
    began = time.monotonic()
    frame = gee_scl.class_statistics(gee_scl.collection(), regions, run=gee_scl.Run(limits=limits))
    made = sent.take()
    return frame, len(made), made, time.monotonic() - began


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
