"""Pictures fetched from an engine by their addresses, and the classes that they show."""

from __future__ import annotations

import functools
import io
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import rasterio

import gee_scl

COLOURS = {member.value: bytes.fromhex(member.color) for member in gee_scl.SCHEMES["esa"].classes}


def fetched(url: str, method: str = "GET", **headers: str) -> tuple[bytes, Mapping[str, str]]:
    with urllib.request.urlopen(urllib.request.Request(url, None, headers, method=method)) as answer:  # noqa: S310
        return answer.read(), answer.headers


def refused(url: str, **headers: str) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetched(url, **headers)
    error = json.load(caught.value)["error"]
    assert error["code"] == caught.value.code
    return error["code"], error["message"]


def picture(content: bytes) -> np.ndarray:
    return np.asarray(PIL.Image.open(io.BytesIO(content)).convert("RGBA"))


@functools.cache
def classes_of(path: Path) -> tuple[np.ndarray, Any, Any]:
    with rasterio.open(path) as dataset:
        return dataset.read(1), dataset.transform, dataset.crs
