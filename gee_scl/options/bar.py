"""A bar on the terminal, or in a notebook, for whoever asks for progress=True."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Bar:
    """Is called as a caller's own function is, with what is done and the total; tqdm draws it."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Move it; at the end it is closed.

        Args:
            done: of the total.
            total: it may grow.
        """
        self.show(done, total, {})

    def show(self, done: int, total: int, more: Mapping[str, object], unit: str = "") -> None:
        """Move it, and say more behind it.

        Args:
            done: of the total.
            total: it may grow.
            more: what else there is to say, by name.
            unit: of both, such as " pairs".
        """
        if self._bar is None:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=total, unit=unit or "it", dynamic_ncols=True)
        self._bar.total = total
        if more:
            self._bar.set_postfix(more, refresh=False)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self.close()

    def close(self) -> None:
        """Leave it as it is."""
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()
            self._bar = None
