"""Which regions and images go into one request: every pair that can meet once, none that cannot, within the limits."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.regions.place import Place
from gee_scl.requests.limits import Limits
from gee_scl.requests.sizes import Sizes
from gee_scl.scenes.scene import Scene
from gee_scl.statistics.cutting import cut
from gee_scl.statistics.meeting import Meeting
from gee_scl.statistics.parts import DayParts, ImageParts, Parts

SCALE = 20.0

ELEMENTS = 5_000
"""Of a collection, beyond which Earth Engine aborts a query."""


def place(number: int, *, west: float = 10, south: float = 45, side: float = 0.01, size: int = 500) -> Place:
    box = (west, south, west + side, south + side)
    area = (side * 111_000) ** 2
    return Place(number, number, {}, (west + side / 2, south + side / 2), area, size, (box,), number)


def scene(number: int, *, west: float = 10, south: float = 45, day: int = 0, side: float = 1.0) -> Scene:
    footprint = (west, south, west + side, south + side)
    date = f"2023-06-{day + 1:02}"
    return Scene(f"image{number}", 86_400_000 * day, "32TPS", "EPSG:32632", 20.0, day=date, footprint=footprint)


places_anywhere = st.lists(
    st.builds(place, number=st.just(0), west=st.floats(9, 13), south=st.floats(44, 48), size=st.integers(1, 4000)),
    min_size=1,
    max_size=40,
).map(lambda places: [dataclasses.replace(one, key=n, id=n, digest=n) for n, one in enumerate(places)])
scenes_anywhere = st.lists(
    st.builds(scene, number=st.just(0), west=st.floats(8, 13), south=st.floats(43, 48), day=st.integers(0, 9)),
    min_size=1,
    max_size=40,
).map(lambda scenes: [dataclasses.replace(one, index=f"image{n}") for n, one in enumerate(scenes)])


def parts_of(kind: str, meeting: Meeting) -> Parts:
    if kind == "images":
        return ImageParts(meeting)
    return DayParts(meeting, tuple(sorted({scene.day for scene in meeting.scenes if scene.day})))


@pytest.mark.parametrize("kind", ["images", "days"])
@given(
    places=places_anywhere,
    scenes=scenes_anywhere,
    rows=st.integers(1, 200),
    size=st.integers(1, 9000),
    pixels=st.integers(1, 1_000_000),
    had=st.integers(0, 2**32),
    share=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_each_pair_that_can_meet_and_is_missing_is_asked_for_once(
    kind: str, places: list[Place], scenes: list[Scene], rows: int, size: int, pixels: int, had: int, share: float
) -> None:
    limits = Limits(rows=rows, bytes=size, pixels=pixels, regions=3)
    parts = parts_of(kind, Meeting.of(places, scenes))
    everyone = np.arange(len(places))
    reads = parts.reads(everyone)
    missing = np.random.default_rng(had).random(reads.shape) >= share
    pieces = list(
        cut(places, everyone, parts, limits, classes=11, scale=SCALE, wanted=lambda some: missing[some])
        if share
        else cut(places, everyone, parts, limits, classes=11, scale=SCALE)
    )
    asked = np.zeros(reads.shape, int)
    weights = np.array([one.area / SCALE**2 for one in places])
    for some, columns in pieces:
        asked[np.ix_(some, columns)] += 1
        met = reads[np.ix_(some, columns)]
        if len(some) > 1:
            assert sum(places[n].bytes for n in some) <= size
        if len(columns) > 1:
            assert np.count_nonzero(met) <= rows
            assert weights[list(some)] @ met.sum(axis=1) <= pixels * (1 + 1e-9)
    can_meet = reads > 0
    assert (asked[can_meet & missing] == 1).all()
    assert not asked[can_meet & ~missing].any()


@given(
    places=places_anywhere,
    scenes=scenes_anywhere,
    bound=st.tuples(st.integers(1, 60), st.floats(1, 1_000_000)),
    length=st.integers(500, 50_000),
)
def test_what_the_server_refuses_is_learned_on_the_way(
    places: list[Place], scenes: list[Scene], bound: tuple[int, float], length: int
) -> None:
    """A server with bounds of pairs and of pixels, and of outlines: what comes after a refusal is cut to less."""
    parts, sizes = ImageParts(Meeting.of(places, scenes)), Sizes()
    reads = parts.reads(np.arange(len(places)))
    weights = np.array([one.area / SCALE**2 for one in places])
    asked = np.zeros(reads.shape, int)
    for some, columns in cut(places, np.arange(len(places)), parts, Limits(), classes=11, scale=SCALE, sizes=sizes):
        met = reads[np.ix_(some, columns)]
        asked[np.ix_(some, columns)] += 1
        pairs, pixels = np.count_nonzero(met), float(weights[list(some)] @ met.sum(axis=1))
        sent = sum(places[n].bytes for n in some)
        if len(columns) > 1:
            assert not sizes.too_large(pairs, pixels)
        if len(some) > 1:
            assert not sizes.too_long(sent)
        if pairs > bound[0] or pixels > bound[1]:
            sizes.refuse_size(pairs, pixels)
        if sent > length:
            sizes.refuse_length(sent)
    assert (asked[reads > 0] == 1).all()


@given(
    places=places_anywhere,
    scenes=scenes_anywhere,
)
def test_what_meets_on_the_ground_is_never_left_out(places: list[Place], scenes: list[Scene]) -> None:
    reads = ImageParts(Meeting.of(places, scenes)).reads(np.arange(len(places)))
    for n, one in enumerate(places):
        for m, image in enumerate(scenes):
            assert one.boxes is not None
            assert image.footprint is not None
            if shapely.box(*one.boxes[0]).intersects(shapely.box(*image.footprint)):
                assert reads[n, m]


def test_regions_far_away_are_not_asked_about() -> None:
    places = [place(0, west=10.5, south=45.5), place(1, west=20, south=45.5)]
    meeting = Meeting.of(places, [scene(0), scene(1, west=19.5)])
    assert ImageParts(meeting).reads(np.arange(2)).tolist() == [[1, 0], [0, 1]]
    assert list(meeting.by_tile()) == [("32TPS", 2, 2, 2)]


@pytest.mark.parametrize(
    ("region", "footprint", "meets"),
    [
        # The same meridian under two names, on both sides of the antimeridian.
        ((179.9, 45, 180.1, 45.1), (-180, 44, -179, 46), True),
        ((-180.1, 45, -179.9, 45.1), (179, 44, 180, 46), True),
        ((179.5, 45, 179.9, 45.1), (-179.8, 44, -179, 46), False),
        # The great circle between the corners of a wide box goes nearer to the pole: here by 0.44 degrees.
        ((0, 44, 20, 45), (9.5, 45.3, 10.5, 46.0), True),
        ((0, 44, 20, 45), (9.5, 49, 10.5, 50), False),
        # Where nothing is known, all may meet.
        ((0, 44, 20, 45), None, True),
    ],
)
def test_boxes_hold_what_is_in_them(
    region: tuple[float, ...], footprint: tuple[float, ...] | None, *, meets: bool
) -> None:
    west, south, east, north = region
    one = Place(0, 0, {}, (west, south), 1.0, 1, ((west, south, east, north),))
    seen = dataclasses.replace(scene(0), footprint=footprint)
    assert bool(Meeting.of([one], [seen]).frames.all()) is meets


def test_a_region_without_a_box_meets_everything() -> None:
    assert Meeting.of([Place(0, 0, {}, (0, 0), 1.0)], [scene(0), scene(1, west=100)]).frames.all()


def test_a_country_is_asked_for_tile_by_tile() -> None:
    """Ten tiles in a row, 100 fields in each, 50 images each: 50,000 pairs of 500,000 can meet."""
    random = np.random.default_rng(1)
    places = [
        place(n, west=10 + 2 * (n % 10) + random.uniform(0.1, 0.8), south=45 + random.uniform(0.1, 0.8), side=0.002)
        for n in range(1000)
    ]
    scenes = [scene(n, west=10 + 2 * (n % 10), day=n // 10 % 28) for n in range(500)]
    parts = ImageParts(Meeting.of(places, scenes))
    pieces = list(cut(places, np.arange(1000), parts, Limits(), classes=11, scale=SCALE))
    met = [parts.reads(np.array(some), np.array(columns)) for some, columns in pieces]
    assert sum(int(reads.sum()) for reads in met) == 50_000
    # Each outline is sent a few times, for 500 images.
    assert sum(len(some) for some, _ in pieces) <= 3 * 1000
    assert len(pieces) <= 1.3 * 50_000 / ELEMENTS


@pytest.mark.parametrize(("regions", "images"), [(400, 118), (1_000, 73), (2_000, 100), (150, 1_000), (5_000, 1)])
def test_requests_are_nearly_full(regions: int, images: int) -> None:
    """With the request that lists the images, at most 1.3 times as many as the server's limit asks for."""
    random = np.random.default_rng(2)
    places = [
        place(n, west=10 + random.uniform(0.1, 0.8), south=45 + random.uniform(0.1, 0.8), side=0.002)
        for n in range(regions)
    ]
    parts = ImageParts(Meeting.of(places, [scene(n, day=n % 28) for n in range(images)]))
    pieces = list(cut(places, np.arange(regions), parts, Limits(), classes=11, scale=SCALE))
    assert all(len(some) * len(columns) < ELEMENTS for some, columns in pieces)
    assert 1 + len(pieces) <= max(3, 1.3 * regions * images / ELEMENTS)
    # Each image is read once for about 200 regions.
    assert sum(len(columns) for _, columns in pieces) <= images * max(1, 1.1 * regions / Limits().regions)


def test_days_know_their_images_again() -> None:
    """A day is other work where it has another image, but only for the regions which that image can meet."""
    places = [place(0, west=10.5, south=45.5), place(1, west=13.5, south=45.5)]
    before = [scene(0), scene(1, west=13)]
    later = [*before, scene(2, west=13)]
    digests = [
        DayParts(Meeting.of(places, scenes), ("2023-06-01",)).digests(np.arange(2)) for scenes in (before, later)
    ]
    assert digests[0][0] == digests[1][0]
    assert digests[0][1] != digests[1][1]
    assert digests[0][0] != digests[0][1]
    zone = DayParts(Meeting.of(places, before), ("2023-06-01",), "EPSG:32633").digests(np.arange(2))
    assert not (zone == digests[0]).any()


def test_neighbours_go_together() -> None:
    places = [place(n, west=10 + n % 20 * 0.2, south=45 + n // 20 * 0.2, side=0.01) for n in range(400)]
    scenes = [scene(n, side=6, day=n) for n in range(20)]
    parts = ImageParts(Meeting.of(places, scenes))
    pieces = list(cut(places, np.arange(400), parts, Limits(rows=4000), classes=11, scale=SCALE))
    assert len(pieces) == 2
    latitudes = [sorted(places[n].centroid[1] for n in some) for some, _ in pieces]
    assert all(one[-1] <= other[0] + 0.11 for one, other in pairwise(latitudes))
