"""Other clients' ways to pixels: what xee opens is what the files have."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio

import gee_scl

xarray = pytest.importorskip("xarray")
pytest.importorskip("xee")


@pytest.mark.filterwarnings("ignore")
def test_xee_opens_the_sample_as_a_dataset_that_agrees_with_rasterio(sample_session: str, sample) -> None:
    from xee import helpers

    images = gee_scl.collection(start="2023-05-01", end="2023-06-20", tiles="32TPS").select("SCL")
    data = xarray.open_dataset(images, engine="ee", **helpers.extract_grid_params(images))
    paths = [
        path
        for day in ("20230508", "20230521", "20230602", "20230615")
        for path in sample.glob(f"sentinel-2-l2a/*_32TPS_{day}_*/SCL.tif")
    ]
    assert [f"{moment:%Y%m%d}" for moment in data.indexes["time"]] == [path.parts[-2].split("_")[2] for path in paths]
    pixels = data["SCL"].transpose("time", "y", "x").values
    for made, path in zip(pixels, paths, strict=True):
        with rasterio.open(path) as file:
            np.testing.assert_array_equal(np.nan_to_num(made), file.read(1))
            columns, rows = np.arange(file.width), np.arange(file.height)
            np.testing.assert_allclose(data["x"], file.transform.c + 20 * (columns + 0.5))
            np.testing.assert_allclose(data["y"], file.transform.f - 20 * (rows + 0.5))
