"""Rectangles of pixels: their parts cover them, each pixel once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.requests.blocks import SMALLEST_SIDE, Block, blocks


def leaves(block: Block) -> list[Block]:
    halves = block.halves()
    return [leaf for half in halves for leaf in leaves(half)] if halves else [block]


@given(width=st.integers(1, 1500), height=st.integers(1, 1500), side=st.integers(1, 2000))
def test_parts_cover_a_grid_and_no_pixel_twice(width: int, height: int, side: int) -> None:
    side = max(side, width // 8, height // 8, 1)
    counts = np.zeros((height, width), np.int8)
    for block in blocks(width, height, side):
        assert max(block.width, block.height) <= side
        for leaf in leaves(block):
            counts[leaf.row : leaf.row + leaf.height, leaf.column : leaf.column + leaf.width] += 1
            assert max(leaf.width, leaf.height) <= SMALLEST_SIDE
    assert (counts == 1).all()


def test_what_is_small_is_not_cut_and_what_is_longer_is_cut_across() -> None:
    assert Block(0, 0, 256, 256).halves() == ()
    assert Block(10, 20, 400, 300).halves() == (Block(10, 20, 200, 300), Block(210, 20, 200, 300))
    assert Block(0, 0, 3, 257).halves() == (Block(0, 0, 3, 128), Block(0, 128, 3, 129))
