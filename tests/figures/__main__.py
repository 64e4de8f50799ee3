"""Draws the stored images anew: `python -m tests.figures`."""

from __future__ import annotations

from tests.figures import DRAWINGS, FOLDER, same_everywhere, save

with same_everywhere():
    for name, drawing in DRAWINGS.items():
        save(drawing("scl"), FOLDER / f"{name}.png")
