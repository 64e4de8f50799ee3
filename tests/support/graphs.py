"""How much a function adds to the graph of what it is given."""

from __future__ import annotations

import ee


def added_bytes(made: ee.ComputedObject, images: ee.ImageCollection) -> int:
    """Bytes of an expression beyond those of the collection that it is made of, which it holds once."""
    return len(made.serialize()) - len(images.serialize())
