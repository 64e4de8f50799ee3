"""Regions over many images: each block that a region's pixels lie in is decoded once, and no other."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from gee_scl.local.algorithms.registry import call
from gee_scl.local.assets.catalogue import Catalogue
from gee_scl.local.assets.products import SENTINEL2
from gee_scl.local.context import Context
from gee_scl.local.counters import Counters, Counts
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.blocks import blocks
from gee_scl.local.raster.coverage import centres_inside
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image
from gee_scl.local.values import Collection, Feature
from gee_scl.local.vector.geometry import Geometry
from tests.support.local.catalogues import GRID, Scene, make_catalogue

SIDE = 1600
BLOCKS = 256, 512
IMAGES = 3


@pytest.fixture(scope="module", params=BLOCKS)
def tiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, tuple[Image, ...]]:
    """Images whose files have blocks of a size."""
    classes = np.random.default_rng(0).integers(1, 12, (SIDE, SIDE)).astype(np.uint8)
    scenes = [Scene(classes, time=f"2023-05-{day:02}T10:00:00Z") for day in range(1, IMAGES + 1)]
    folder: Path = make_catalogue(tmp_path_factory.mktemp("tiled"), scenes)
    layout = {"tiled": True, "blockxsize": request.param, "blockysize": request.param, "compress": "deflate"}
    for path in folder.rglob("scl.tif"):
        with rasterio.open(path) as file:
            profile = {**file.profile, **layout}
        with rasterio.open(path, "w", **profile) as file:
            file.write(classes, 1)
    return request.param, tuple(Catalogue(folder).collections()[SENTINEL2].elements)


@pytest.fixture(autouse=True)
def _nothing_decoded() -> Iterator[None]:
    blocks.clear()
    yield
    blocks.clear()


def fields() -> list[shapely.Polygon]:
    """In columns and rows: some circles in two corners, and a hedge from one corner to the other."""
    random = np.random.default_rng(1)
    centres = [*random.uniform(20, 240, (20, 2)), *random.uniform(1300, 1500, (20, 2))]
    circles = [shapely.Point(centre).buffer(random.uniform(2, 12)) for centre in centres]
    return [*circles, shapely.LineString([(300, 1500), (1500, 300)]).buffer(3)]


def touched(shapes: list[shapely.Polygon], side: int) -> int:
    """Blocks that hold the centre of a pixel of any shape."""
    taken = np.zeros((SIDE, SIDE), np.bool_)
    for shape in shapes:
        taken |= centres_inside(shape, Grid("EPSG:32632", Affine.identity(), 0, 0, SIDE, SIDE))
    rows, columns = np.nonzero(taken)
    return len(set(zip((rows // side).tolist(), (columns // side).tolist(), strict=True)))


def counted(images: tuple[Image, ...], shapes: list[shapely.Polygon], workers: int) -> Counts:
    def placed(shape: shapely.Polygon) -> Geometry:
        ring = [GRID @ (x, y) for x, y in shape.exterior.coords]
        return Geometry(shapely.Polygon(ring), "EPSG:32632", geodesic=False)

    regions = Collection(elements=tuple(Feature({}, placed(shape)) for shape in shapes))
    context = Context(None, workers=workers)
    reducer = call("Reducer.unweighted", {"reducer": call("Reducer.sum", {}, context)}, context)
    with Counters().task() as meter:
        for image in images:
            classes = call("Image.select", {"input": image, "bandSelectors": ["SCL"]}, context)
            call("Image.reduceRegions", {"image": classes, "collection": regions, "reducer": reducer}, context)
    return meter.counts


@pytest.mark.parametrize("workers", [1, 3])
def test_each_block_that_regions_touch_is_decoded_once(tiled: tuple[int, tuple[Image, ...]], workers: int) -> None:
    side, images = tiled
    assert counted(images, fields(), workers).blocks_decoded == IMAGES * touched(fields(), side)


def test_the_corners_of_a_slanting_regions_box_are_not_read(tiled: tuple[int, tuple[Image, ...]]) -> None:
    side, images = tiled
    (hedge,) = fields()[-1:]
    counts = counted(images[:1], [hedge], 1)
    assert counts.blocks_decoded == touched([hedge], side) < (1200 // side + 1) ** 2


def test_pixels_that_cannot_be_had_are_refused_also_where_a_region_has_none(tmp_path: Path) -> None:
    scene = Scene(np.full((40, 40), 4, np.uint8))
    folder = make_catalogue(tmp_path, [scene])
    (image,) = Catalogue(folder).collections()[SENTINEL2].elements
    (path,) = folder.rglob("scl.tif")
    path.write_bytes(b"no raster")
    between_centres = shapely.box(3.6, 3.6, 3.9, 3.9)
    with pytest.raises(EvaluationError, match="could not be read"):
        counted((image,), [between_centres], 1)
