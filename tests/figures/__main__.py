"""Draw the stored images anew: `python -m tests.figures`."""

from __future__ import annotations

import gee_scl
from tests.figures import DRAWINGS, FOLDER, same_everywhere, save
from tests.figures.overview import OVERVIEW, save_overview

with same_everywhere(), gee_scl.local_session():
    save_overview(OVERVIEW)
    for name, drawing in DRAWINGS.items():
        save(drawing("scl"), FOLDER / f"{name}.png")
