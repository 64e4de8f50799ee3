"""Thumbnails, videos and filmstrips over HTTP: the client's own calls, decoded by Pillow, compared with rasterio."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from pathlib import Path

import ee
import numpy as np
import PIL.Image
import pyproj
import pytest
import rasterio
from rasterio.io import MemoryFile

import gee_scl
from tests.support.local.pictures import COLOURS, classes_of, fetched, picture, refused

TILE = "32TPS"
PROJECT = "projects/gee-scl-local"


def scl_files(sample: Path) -> list[Path]:
    """The class rasters of one tile, by date."""
    found = sample.glob(f"sentinel-2-l2a/*_{TILE}_*/SCL.tif")
    return sorted(found, key=lambda path: path.parent.name.split("_")[2])


@pytest.fixture
def images(sample_session: str) -> ee.ImageCollection:
    """The images of that tile, by date."""
    return gee_scl.collection(tiles=TILE).sort("system:time_start")


@pytest.fixture
def region(sample: Path) -> ee.Geometry:
    """300 x 200 class pixels of the tile, from column 100 and row 50, on its own plane."""
    _, transform, crs = classes_of(scl_files(sample)[0])
    left, top = transform @ (100, 50)
    return ee.Geometry.Rectangle([left, top - 200 * 20, left + 300 * 20, top], str(crs), geodesic=False)


def coloured(path: Path, step: int = 1) -> np.ndarray:
    """The region's classes in their colours, every `step`th pixel, transparent where there is none."""
    classes = classes_of(path)[0][50:250, 100:400][step // 2 :: step, step // 2 :: step]
    table = np.zeros((256, 4), np.uint8)
    for code, colour in COLOURS.items():
        if code:
            table[code] = (*colour, 255)
    return table[classes]


def esa(image: ee.Image) -> ee.Image:
    return gee_scl.visualize(image, "esa")


def test_a_thumbnail_at_the_pixels_scale_has_their_colours(images, region, sample):
    url = esa(ee.Image(images.first())).getThumbURL({"region": region, "dimensions": "300x200", "format": "png"})
    content, headers = fetched(url)
    assert headers["Content-Type"] == "image/png"
    np.testing.assert_array_equal(picture(content), coloured(scl_files(sample)[0]))


def test_a_smaller_thumbnail_has_the_colours_of_the_pixels_at_its_centres(images, region, sample):
    url = esa(ee.Image(images.first())).getThumbURL({"region": region, "dimensions": 60, "format": "png"})
    found = picture(fetched(url)[0])
    assert found.shape == (40, 60, 4)
    np.testing.assert_array_equal(found, coloured(scl_files(sample)[0], 5))


def test_a_scale_sets_the_size(images, region, sample):
    url = esa(ee.Image(images.first())).getThumbURL({"region": region, "scale": 20, "format": "png"})
    np.testing.assert_array_equal(picture(fetched(url)[0]), coloured(scl_files(sample)[0]))


def test_a_crs_is_that_of_the_picture(images, region):
    box = region.bounds(1).coordinates().getInfo()[0]
    west, north = min(x for x, _ in box), max(y for _, y in box)
    url = esa(ee.Image(images.first())).getThumbURL(
        {"region": region, "dimensions": 100, "crs": "EPSG:3857", "format": "geotiff"}
    )
    content, headers = fetched(url)
    assert headers["Content-Type"] == "image/tiff"
    with MemoryFile(content) as memory, memory.open() as dataset:
        assert (dataset.crs.to_epsg(), max(dataset.shape), dataset.count) == (3857, 100, 3)
        expected = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(west, north)
        np.testing.assert_allclose((dataset.bounds.left, dataset.bounds.top), expected, atol=300)


def test_without_a_size_the_longer_side_has_512_pixels(images, region):
    image = ee.Image(images.first()).select("SCL")
    for params, shape in (({"region": region}, (341, 512)), ({}, None)):
        found = picture(fetched(image.getThumbURL({**params, "format": "png"}))[0])
        assert max(found.shape[:2]) == 512
        assert shape in (None, found.shape[:2])


def test_parameters_of_visualization_are_applied(images, region, sample):
    params = {"bands": ["B4", "B3", "B2"], "min": 0, "max": 3000, "gamma": 1.4}
    url = ee.Image(images.first()).getThumbURL({**params, "region": region, "dimensions": "300x200", "format": "png"})
    found = picture(fetched(url)[0]).astype(int)
    pixels = ee.data.computePixels(
        {
            "expression": ee.Image(images.first()).select(["B4", "B3", "B2"]).clipToBoundsAndScale(region, 300, 200),
            "fileFormat": "NUMPY_NDARRAY",
        }
    )
    stretched = np.dstack([255 * np.clip(pixels[band] / 3000, 0, 1) ** (1 / 1.4) for band in ("B4", "B3", "B2")])
    shown = found[..., 3] > 0
    assert shown.any()
    assert abs(found[..., :3] - stretched)[shown].max() <= 0.5 + 1e-9


def test_data_formats_keep_the_bands_pixels(images, region, sample):
    image = ee.Image(images.first()).select(["SCL", "B4"])
    with rasterio.open(scl_files(sample)[0]) as dataset:
        expected = dataset.read(1)[50:250, 100:400]
    content, headers = fetched(image.select("SCL").getDownloadURL({"region": region, "format": "NPY"}))
    assert headers["Content-Type"] == "application/octet-stream"
    np.testing.assert_array_equal(np.load(io.BytesIO(content))["SCL"], expected)
    content, _ = fetched(image.getDownloadURL({"region": region, "format": "GEO_TIFF", "bands": ["SCL"], "scale": 20}))
    with MemoryFile(content) as memory, memory.open() as dataset:
        assert (dataset.descriptions, dataset.dtypes) == (("SCL",), ("uint8",))
        np.testing.assert_array_equal(dataset.read(1), expected)


def test_pixels_are_computed_as_pictures_too(images, region, sample):
    grid = {"dimensions": {"width": 300, "height": 200}}
    image = esa(ee.Image(images.first())).clipToBoundsAndScale(region, 300, 200)
    for file_format, kind in (("PNG", "PNG"), ("AUTO_JPEG_PNG", None), ("JPEG", "JPEG")):
        content = ee.data.computePixels({"expression": image, "fileFormat": file_format, "grid": grid})
        assert kind in (None, PIL.Image.open(io.BytesIO(content)).format)
        if kind == "PNG":
            np.testing.assert_array_equal(picture(content), coloured(scl_files(sample)[0]))
    shown = ee.data.computePixels(
        {
            "expression": ee.Image(images.first()).clipToBoundsAndScale(region, 300, 200),
            "fileFormat": "PNG",
            "bandIds": ["SCL"],
            "visualizationOptions": {
                "ranges": [{"min": 1, "max": 11}],
                "paletteColors": [COLOURS[code].hex() for code in range(1, 12)],
            },
        }
    )
    np.testing.assert_array_equal(picture(shown), coloured(scl_files(sample)[0]))


# Videos and filmstrips


def test_each_frame_of_a_video_has_the_classes_of_its_date(images, region, sample):
    frames = images.limit(5).map(esa)
    url = frames.getVideoThumbURL({"region": region, "dimensions": "300x200", "framesPerSecond": 4})
    content, headers = fetched(url)
    assert headers["Content-Type"] == "image/gif"
    film = PIL.Image.open(io.BytesIO(content))
    assert (film.n_frames, film.size, film.info["duration"], film.info["loop"]) == (5, (300, 200), 250, 0)
    for place, path in enumerate(scl_files(sample)[:5]):
        film.seek(place)
        np.testing.assert_array_equal(np.asarray(film.convert("RGBA")), coloured(path))


def test_a_video_is_visualized_as_its_parameters_say(images, region):
    params = {"bands": ["B4", "B3", "B2"], "min": 0, "max": 3000, "dimensions": 90, "region": region, "format": "gif"}
    film = PIL.Image.open(io.BytesIO(fetched(images.limit(3).getVideoThumbURL(params))[0]))
    assert (film.n_frames, film.size, film.info["duration"]) == (3, (90, 60), 200)


def test_a_filmstrip_has_its_frames_below_each_other(images, region, sample):
    frames = images.limit(3).map(esa)
    content, headers = fetched(frames.getFilmstripThumbURL({"region": region, "dimensions": "60x40", "format": "png"}))
    assert headers["Content-Type"] == "image/png"
    expected = np.concatenate([coloured(path, 5) for path in scl_files(sample)[:3]])
    np.testing.assert_array_equal(picture(content), expected)


# What is refused


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda i, r: i.first().getThumbURL({"format": "tfrecord"}), "Unsupported file format 'TF_RECORD_IMAGE'"),
        (
            lambda i, r: i.first().select("SCL").getThumbURL({"region": r, "dimensions": "10001x2"}),
            "Pixel grid dimensions (10001x2) must be less than or equal to 10000.",
        ),
        (
            lambda i, r: i.first().select("SCL").getThumbURL({"region": r, "dimensions": "9000x9000"}),
            "Total request size (81000000 bytes) must be less than or equal to 50331648 bytes.",
        ),
        (lambda i, r: ee.Image(1).getThumbURL({}), "must not be unbounded"),
        (
            lambda i, r: ee.Image(1).getThumbURL({"dimensions": 100}),
            "Image.clipToBoundsAndScale: The geometry for image clipping must not be unbounded.",
        ),
        (
            lambda i, r: i.filterDate("1990").first().getThumbURL({"dimensions": 100}),
            "Image.clipToBoundsAndScale: Parameter 'input' is required",
        ),
        (lambda i, r: i.select("SCL").getVideoThumbURL({"region": r, "dimensions": 9}), "3 bands"),
        (lambda i, r: i.filterDate("1990").map(esa).getVideoThumbURL({"dimensions": 9}), "The collection is empty"),
        (
            lambda i, r: i.limit(3).map(esa).getVideoThumbURL({"region": r, "dimensions": "3000x3000"}),
            "(3 x 3000 x 3000 = 27000000) must be less than or equal to 26214400.",
        ),
        (
            lambda i, r: i.limit(2).map(esa).getVideoThumbURL({"dimensions": 9, "framesPerSecond": 500}),
            "framesPerSecond must be a value between 0.1 and 120",
        ),
        (
            lambda i, r: ee.data.getThumbId({"image": i.first()}, "video"),
            "Expected type: ImageCollection.\nActual type: Image.",
        ),
        (lambda i, r: ee.data.getThumbId({"image": i, "format": "mp4"}, "video"), "Only GIF is supported"),
        (lambda i, r: ee.data.getThumbId({"image": i}), "must be an image"),
    ],
)
def test_what_cannot_be_a_thumbnail_is_refused_when_it_is_made(images, region, make, text):
    with pytest.raises(ee.EEException) as caught:
        make(images, region)
    assert caught.value.__context__.resp.status == 400
    assert text in str(caught.value)


@pytest.mark.parametrize("kind", ["thumbnails", "videoThumbnails", "filmstripThumbnails"])
def test_an_unknown_thumbnail_is_not_found(sample_session, kind):
    code, text = refused(f"{sample_session}/v1/{PROJECT}/{kind}/0123:getPixels")
    assert (code, text.startswith(f"No {kind} '0123'")) == (404, True)


def test_one_kind_of_thumbnail_is_not_another(images, region):
    url = esa(ee.Image(images.first())).getThumbURL({"region": region, "dimensions": 9})
    assert refused(url.replace("/thumbnails/", "/videoThumbnails/"))[0] == 404


@pytest.mark.parametrize(
    ("kind", "changes", "text"),
    [
        ("maps", {"visualizationOptions": "red"}, "'visualizationOptions': it must be an object"),
        ("maps", {"bandIds": "SCL"}, "'bandIds': it must be a list of names"),
        ("maps", {"fileFormat": ["PNG"]}, "Unsupported file format"),
        ("maps", {"expression": None}, "'expression' must be an object"),
        ("thumbnails", {"grid": {"dimensions": 3}}, "The grid needs dimensions"),
        (
            "thumbnails",
            {"grid": {"dimensions": {"width": 3, "height": 3}, "affineTransform": {"scaleX": "wide"}}},
            "affineTransform must be of numbers",
        ),
        ("videoThumbnails", {"videoOptions": [3]}, "'videoOptions': it must be an object"),
        ("videoThumbnails", {"videoOptions": {"maxFrames": -1}}, "maxFrames must be a positive integer"),
        ("filmstripThumbnails", {"orientation": "DIAGONAL"}, "orientation must be VERTICAL or HORIZONTAL"),
    ],
)
def test_a_request_of_the_wrong_form_is_refused(sample_session, kind, changes, text):
    body = {"expression": json.loads(ee.Image(1).serialize(for_cloud_api=True)), **changes}
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{sample_session}/v1/{PROJECT}/{kind}", json.dumps(body).encode())  # noqa: S310
    error = json.load(caught.value)["error"]
    assert (caught.value.code, text in error["message"]) == (400, True)


def test_a_grid_says_where_a_thumbnail_is(images, region, sample, sample_session):
    _, transform, crs = classes_of(scl_files(sample)[0])
    left, top = transform @ (100, 50)
    affine = {"scaleX": 20, "translateX": left, "scaleY": -20, "translateY": top}
    body = {
        "expression": json.loads(esa(ee.Image(images.first())).serialize(for_cloud_api=True)),
        "fileFormat": "PNG",
        "grid": {"dimensions": {"width": 300, "height": 200}, "affineTransform": affine, "crsCode": str(crs)},
    }
    url = f"{sample_session}/v1/{PROJECT}/thumbnails"
    with urllib.request.urlopen(url, json.dumps(body).encode()) as answer:  # noqa: S310
        name = json.load(answer)["name"]
    found = picture(fetched(f"{sample_session}/v1/{name}:getPixels")[0])
    np.testing.assert_array_equal(found, coloured(scl_files(sample)[0]))


def test_a_transform_and_dimensions_are_the_pixels_of_the_picture(images, sample):
    _, transform, crs = classes_of(scl_files(sample)[0])
    left, top = transform @ (100, 50)
    url = esa(ee.Image(images.first())).getThumbURL(
        {"crs": str(crs), "crs_transform": [20, 0, left, 0, -20, top], "dimensions": [300, 200], "format": "png"}
    )
    np.testing.assert_array_equal(picture(fetched(url)[0]), coloured(scl_files(sample)[0]))
