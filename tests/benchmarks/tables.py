"""The results of the comparisons as tables for people, with what is aimed at."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.benchmarks.contest import OURS, TIMES, Result, Round

MOST_MEGABYTES = 300
"""That are aimed at for the process with client and engine, on one tile."""

MOST_EXPONENT, MOST_GROWTH = 1.05, 1.1
"""Of seconds of CPU over regions, and of memory from the fewest to the most regions: what is aimed at."""

_WIDTHS = 9, 9, 14, 13, 9, 7


def table(round_: Round, results: list[Result]) -> Iterator[str]:
    """The lines for a round."""
    yield from _grown(results) if round_.grows else _compared(round_, results)


def _compared(round_: Round, results: list[Result]) -> Iterator[str]:
    (ours,) = (result.cost for result in results if result.entrant == OURS)
    yield _row("", "CPU s", "wall s", f"{OURS} / it", "at most", "peak MB", "calls", "counts")
    for result in results:
        ratio, most = ours.median_cpu / result.cost.median_cpu, round_.comparison.most.get(result.entrant)
        yield _result(result, f"{ratio:.2f}", "" if most is None else f"{most:.2f} {_verdict(ratio, most)}")
    if round_.comparison.source == "tile":
        yield f"  peak {ours.megabytes:.0f} MB, at most {MOST_MEGABYTES}: {_verdict(ours.megabytes, MOST_MEGABYTES)}"


def _grown(results: list[Result]) -> Iterator[str]:
    yield _row("", "CPU s", "wall s", "regions", "", "peak MB", "calls", "counts")
    for title in dict.fromkeys(result.entrant for result in results):
        own = [result for result in results if result.entrant == title]
        for result in own:
            yield _result(result, f"x {result.times}", "")
        if len(own) == len(TIMES):
            exponent = np.polyfit(np.log(TIMES), np.log([result.cost.median_cpu for result in own]), 1)[0]
            growth = own[-1].cost.megabytes / own[0].cost.megabytes
            yield (
                f"    exponent {exponent:.2f} (at most {MOST_EXPONENT}: {_verdict(exponent, MOST_EXPONENT)}), "
                f"peak x {growth:.2f} (at most {MOST_GROWTH}: {_verdict(growth, MOST_GROWTH)})"
            )


def _result(result: Result, compared: str, aim: str) -> str:
    cost = result.cost
    part = "" if cost.share == 1 else f"; {cost.share:.0%} of the rasters counted, and scaled"
    seconds = f"{cost.median_cpu:.3f}", f"{cost.median_wall:.3f}"
    return _row(
        *(result.entrant, *seconds, compared, aim), f"{cost.megabytes:.0f}", str(len(cost.cpu)), result.counts + part
    )


def _verdict(value: float, most: float) -> str:
    return "met" if value <= most else "missed"


def _row(title: str, *values: str) -> str:
    *numbers, last = values
    columns = "".join(f"{value:>{width}}" for value, width in zip(numbers, _WIDTHS, strict=True))
    return f"  {title:22}{columns}   {last}"
