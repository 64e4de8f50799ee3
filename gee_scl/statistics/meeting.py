"""Which regions can meet which images: by boxes, so that no image is asked about a region that it is far from.

Boxes are larger than what they hold. Whether a region and an image really meet is decided by the server, which has both
outlines; what does not meet here does not meet there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gee_scl.regions.boxes import Box, with_great_circles
from gee_scl.regions.place import Place
from gee_scl.scenes.scene import Scene

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_STEPS = (0.05, 0.25, 1.0, 5.0)
"""Degrees to which boxes of images are widened, so that images of one place have one box: the first with few boxes."""

_MOST_FRAMES = 4000
"""Boxes of images that are told apart."""

_MARGIN = 0.02
"""Degrees by which a region's box is widened: two kilometres, more than rounding and other spheroids are."""

_WIDEST = 60.0
"""Degrees of a region's box, beyond which a great circle leaves it too far to be said simply: it meets everything."""

_TURN = 360.0

_EVERYWHERE: Box = (-_TURN, -90.0, _TURN, 90.0)

_CHUNK = 200
"""Regions whose pairs with all images are in memory together."""


def chunks(places: IntArray) -> Iterator[IntArray]:
    """Regions in parts that are small enough to look at all of their images."""
    return (places[start : start + _CHUNK] for start in range(0, len(places), _CHUNK))


@dataclass(frozen=True, eq=False)
class Meeting:
    """Regions and images, by the boxes that they may meet in.

    Attributes:
        places: the regions.
        scenes: the images.
        frame_of: for each image the number of its frame; images with one frame meet the same regions.
        frames: regions x frames, whether they can meet.
    """

    places: Sequence[Place]
    scenes: Sequence[Scene]
    frame_of: IntArray
    frames: BoolArray

    @classmethod
    def of(cls, places: Sequence[Place], scenes: Sequence[Scene]) -> Meeting:
        """From the boxes of both."""
        names, boxes = _frames(scenes)
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        frame_of = np.array([numbers[name] for name in names], np.int64)
        frames = np.ones((len(places), len(numbers)), bool)
        owners, regions = _boxes(places)
        for name, number in numbers.items():
            box = boxes[name]
            if box is not None:
                frames[:, number] = _any_of(owners, _meets(regions, box), len(places))
        return cls(places, scenes, frame_of, frames)

    def by_tile(self) -> Iterator[tuple[str | None, int, int, int]]:
        """For each tile how many images it has, how many regions they can meet, and how many pairs these are."""
        images = np.bincount(self.frame_of, minlength=self.frames.shape[1])
        regions = self.frames.sum(axis=0)
        frames_of: dict[str | None, set[int]] = {}
        for scene, frame in zip(self.scenes, self.frame_of.tolist(), strict=True):
            frames_of.setdefault(scene.tile, set()).add(frame)
        for tile, members in sorted(frames_of.items(), key=lambda item: item[0] or ""):
            frames = sorted(members)
            met = int(self.frames[:, frames].any(axis=1).sum())
            yield tile, int(images[frames].sum()), met, int(images[frames] @ regions[frames])

    def scenes_met(self, places: IntArray, parts: BoolArray | None = None) -> IntArray:
        """Positions of the images that can meet some region of several.

        Args:
            places: positions of the regions.
            parts: for each image, whether it is looked at; None looks at all.
        """
        met: BoolArray = np.asarray(self.frames[places].any(axis=0))[self.frame_of]
        return np.flatnonzero(met if parts is None else met & parts)


def _frames(scenes: Sequence[Scene]) -> tuple[list[object], dict[object, tuple[float, ...] | None]]:
    """For each image the name of its frame, and the box of each frame."""
    names: list[object] = []
    for step in _STEPS:
        names = [(scene.tile, scene.crs, _widened(scene.footprint, step)) for scene in scenes]
        if len(set(names)) <= _MOST_FRAMES:
            break
    return names, {name: name[2] for name in names if isinstance(name, tuple)}


def _widened(box: tuple[float, ...] | None, step: float) -> tuple[float, ...] | None:
    if box is None:
        return None
    west, south, east, north = (side / step for side in box)
    return tuple(side * step for side in (math.floor(west), math.floor(south), math.ceil(east), math.ceil(north)))


def _boxes(places: Sequence[Place]) -> tuple[IntArray, npt.NDArray[np.float64]]:
    """Boxes of all regions' parts, widened, and the position of the region that each is of."""
    owners, boxes = [], []
    for position, place in enumerate(places):
        for box in place.boxes or (_EVERYWHERE,):
            owners.append(position)
            boxes.append(_reach(box))
    return np.array(owners, np.int64), np.array(boxes, np.float64).reshape(-1, 4)


def _reach(box: Box) -> Box:
    """Where a region's part can be, wherever its edges bend to."""
    if box[2] - box[0] > _WIDEST:
        return _EVERYWHERE
    return with_great_circles(box, _MARGIN)


def _meets(boxes: npt.NDArray[np.float64], frame: tuple[float, ...]) -> BoolArray:
    """Which boxes meet a frame; longitudes are the same after a whole turn."""
    west, south, east, north = frame
    rows = (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
    columns = np.zeros(len(boxes), bool)
    for turn in (-_TURN, 0.0, _TURN):
        columns |= (boxes[:, 0] + turn <= east) & (boxes[:, 2] + turn >= west)
    met: BoolArray = rows & columns
    return met


def _any_of(owners: IntArray, met: BoolArray, count: int) -> BoolArray:
    """For each region whether one of its boxes meets."""
    found = np.zeros(count, bool)
    found[owners[met]] = True
    return found
