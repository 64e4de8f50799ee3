"""What a survey has several of besides regions: images, days, or one image as a whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from gee_scl.options.digests import digest
from gee_scl.scenes.scene import Scene
from gee_scl.statistics.meeting import BoolArray, IntArray, Meeting

CountArray = npt.NDArray[np.int32]

DigestArray = npt.NDArray[np.uint64]
"""Numbers of 64 bits by which content is known again."""

TileGroup = tuple[str | None, IntArray, IntArray]
"""A tile, None where none is known, and positions of regions and of parts."""


@dataclass(frozen=True, eq=False)
class Parts(ABC):
    """Images, days, or one image as a whole; each has a position.

    Attributes:
        meeting: which regions can meet which images.
        label: the property by which a row says which part it is of.
        noun: what people call one.
    """

    meeting: Meeting
    label: ClassVar[str]
    noun: ClassVar[str]

    @abstractmethod
    def __len__(self) -> int:
        """How many there are."""

    @abstractmethod
    def name(self, part: int) -> str:
        """What people call this one."""

    @property
    @abstractmethod
    def positions(self) -> Mapping[Hashable, int]:
        """Positions by what rows say."""

    @property
    @abstractmethod
    def order(self) -> IntArray:
        """Positions in an order in which neighbours go together."""

    @abstractmethod
    def reads(self, places: IntArray, parts: IntArray | None = None) -> CountArray:
        """Regions x parts: how many images are read of each pair; 0 where they cannot meet.

        Args:
            places: positions of the regions.
            parts: positions of the parts; None is all.
        """

    @abstractmethod
    def digests(self, places: IntArray) -> DigestArray:
        """Regions x parts: by what the pixels are known again that a region is measured on."""

    @abstractmethod
    def scenes(self, places: IntArray, parts: IntArray) -> list[Scene]:
        """The images of some parts that some regions can meet."""

    def by_tile(self, places: IntArray, parts: IntArray) -> list[TileGroup]:
        """Regions and parts in groups that have all pairs that can meet, each once: by tile where there are several.

        Args:
            places: positions of the regions.
            parts: positions of the parts.
        """
        return [(None, places, parts)]

    def year(self, part: int) -> int | None:
        """In which a part lies, in UTC; None where that is not known."""
        return None


def scene_digest(scene: Scene) -> int:
    """A number by which an image is known again."""
    return digest(scene.index, scene.version, scene.time, scene.crs, scene.scale)


def _scene_digests(scenes: Sequence[Scene]) -> DigestArray:
    return np.array([scene_digest(scene) for scene in scenes], np.uint64)


class ImageParts(Parts):
    """Images, each by itself."""

    label: ClassVar[str] = "image"
    noun: ClassVar[str] = "image"

    def __len__(self) -> int:
        return len(self.meeting.scenes)

    def name(self, part: int) -> str:
        """Its index."""
        return self.meeting.scenes[part].index

    @cached_property
    def positions(self) -> Mapping[Hashable, int]:
        """By index."""
        return {scene.index: position for position, scene in enumerate(self.meeting.scenes)}

    @cached_property
    def order(self) -> IntArray:
        """By tile, then time."""
        scenes = self.meeting.scenes
        ranks = [(scene.tile or "", scene.time or 0, scene.index) for scene in scenes]
        return np.array(sorted(range(len(scenes)), key=ranks.__getitem__), np.int64)

    def reads(self, places: IntArray, parts: IntArray | None = None) -> CountArray:
        """One of each pair that can meet."""
        frames = self.meeting.frame_of if parts is None else self.meeting.frame_of[parts]
        return self.meeting.frames[places][:, frames].astype(np.int32)

    def digests(self, places: IntArray) -> DigestArray:
        """Of the images, whatever the region."""
        return np.broadcast_to(self._digests, (len(places), len(self)))

    @cached_property
    def _digests(self) -> DigestArray:
        return _scene_digests(self.meeting.scenes)

    def scenes(self, places: IntArray, parts: IntArray) -> list[Scene]:
        """The parts themselves."""
        return [self.meeting.scenes[part] for part in parts]

    def by_tile(self, places: IntArray, parts: IntArray) -> list[TileGroup]:
        """The images of each tile, with the regions that can meet one of them."""
        tiles = np.array([self.meeting.scenes[part].tile or "" for part in parts])
        groups: list[TileGroup] = []
        for tile in np.unique(tiles).tolist():
            own = parts[tiles == tile]
            near = self.meeting.frames[np.ix_(places, np.unique(self.meeting.frame_of[own]))].any(axis=1)
            if near.any():
                groups.append((tile or None, places[near], own))
        return groups

    def year(self, part: int) -> int | None:
        """Of the image's time."""
        time = self.meeting.scenes[part].time
        return None if time is None else datetime.fromtimestamp(time / 1000, UTC).year


@dataclass(frozen=True, eq=False)
class DayParts(Parts):
    """Days, each the mosaic of its images.

    Attributes:
        days: such as "2023-05-14", in order.
        setting: what else the mosaic goes by, such as the zone that it is counted in.
    """

    days: tuple[str, ...]
    setting: str = ""
    label: ClassVar[str] = "day"
    noun: ClassVar[str] = "day"

    def __len__(self) -> int:
        return len(self.days)

    def name(self, part: int) -> str:
        """Its date."""
        return self.days[part]

    @cached_property
    def starts(self) -> list[int]:
        """Midnights in UTC, in milliseconds since 1970."""
        return [int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000) for day in self.days]

    @cached_property
    def positions(self) -> Mapping[Hashable, int]:
        """By midnight."""
        return {start: position for position, start in enumerate(self.starts)}

    @cached_property
    def order(self) -> IntArray:
        """By time."""
        return np.arange(len(self.days))

    @cached_property
    def _day_of(self) -> IntArray:
        """For each image the position of its day."""
        positions = {day: position for position, day in enumerate(self.days)}
        return np.array([positions.get(scene.day or "", -1) for scene in self.meeting.scenes], np.int64)

    def _by_frame(self, values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        """Sums of a value of images, frames x days."""
        sums = np.zeros((self.meeting.frames.shape[1], len(self.days)), np.uint64)
        known = self._day_of >= 0
        np.add.at(sums, (self.meeting.frame_of[known], self._day_of[known]), values[known])
        return sums

    def reads(self, places: IntArray, parts: IntArray | None = None) -> CountArray:
        """The images of the day that the region can meet."""
        images = self._images if parts is None else self._images[:, parts]
        return (self.meeting.frames[places].astype(np.float32) @ images).astype(np.int32)

    @cached_property
    def _images(self) -> npt.NDArray[np.float32]:
        return self._by_frame(np.ones(len(self.meeting.scenes), np.uint64)).astype(np.float32)

    def digests(self, places: IntArray) -> DigestArray:
        """Of the day, and of its images that the region can meet."""
        members = self.meeting.frames[places]
        patterns, inverse = np.unique(members, axis=0, return_inverse=True)
        own = np.array([digest(self.setting, day) for day in self.days], np.uint64)
        sums = np.array([self._digests[pattern].sum(axis=0, dtype=np.uint64) for pattern in patterns]) + own
        return sums[inverse.reshape(-1)]

    @cached_property
    def _digests(self) -> DigestArray:
        return self._by_frame(_scene_digests(self.meeting.scenes))

    def scenes(self, places: IntArray, parts: IntArray) -> list[Scene]:
        """The days' images that some region can meet."""
        wanted = np.zeros(len(self.days) + 1, bool)
        wanted[parts] = True
        found: BoolArray = wanted[self._day_of] & (self._day_of >= 0)
        return [self.meeting.scenes[position] for position in self.meeting.scenes_met(places, found)]

    def by_tile(self, places: IntArray, parts: IntArray) -> list[TileGroup]:
        """The regions by the first tile, in order of names, that they can meet: a mosaic is of several tiles."""
        tile_of = dict(zip(self.meeting.frame_of.tolist(), [s.tile or "" for s in self.meeting.scenes], strict=True))
        frames = sorted(tile_of, key=lambda frame: tile_of[frame])
        met = self.meeting.frames[np.ix_(places, frames)]
        first = np.array([tile_of[frame] for frame in frames])[met.argmax(axis=1)]
        some = met.any(axis=1)
        return [(tile or None, places[some & (first == tile)], parts) for tile in np.unique(first[some]).tolist()]

    def year(self, part: int) -> int | None:
        """Of the day."""
        return int(self.days[part][:4])


@dataclass(frozen=True, eq=False)
class WholePart(Parts):
    """One image without bounds.

    Attributes:
        images: how many it is made of.
        setting: by what it is known again.
    """

    images: int
    setting: str = ""
    label: ClassVar[str] = "day"
    noun: ClassVar[str] = "image"

    def __len__(self) -> int:
        return 1

    def name(self, part: int) -> str:
        """Nothing: there is only one."""
        return ""

    @property
    def positions(self) -> Mapping[Hashable, int]:
        """The only one's day is 0."""
        return {0: 0}

    @property
    def order(self) -> IntArray:
        """The only one."""
        return np.zeros(1, np.int64)

    def reads(self, places: IntArray, parts: IntArray | None = None) -> CountArray:
        """All of its images."""
        return np.full((len(places), 1), self.images, np.int32)

    def digests(self, places: IntArray) -> DigestArray:
        """Of what it is made of."""
        return np.full((len(places), 1), digest(self.setting), np.uint64)

    def scenes(self, places: IntArray, parts: IntArray) -> list[Scene]:
        """All of them."""
        return list(self.meeting.scenes)
