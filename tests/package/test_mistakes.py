"""Mistakes: whatever stands in place of an argument is taken for what it plainly means, or refused by name."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ee
import numpy as np
import rasterio

import gee_scl
from gee_scl import exports, layers, views
from gee_scl.local.server import LocalServer
from tests.support.callables import parameters_of, public_callables

CALLABLES = public_callables()


@dataclass
class Bases:
    """A valid call of everything."""

    server: LocalServer
    folder: Path

    def __post_init__(self) -> None:
        images = gee_scl.collection(start="2023-05-01", end="2023-05-10")
        self.frame = gee_scl.class_statistics(images, gee_scl.sample_regions(), id="name", by="date")
        self.changes = gee_scl.transitions(images, images, gee_scl.sample_regions(), id="name")
        self.task = exports.export_table(images, gee_scl.sample_regions(), "base")
        self.task.wait()
        self.images, self.image = images, ee.Image(images.first())
        self.tif = self.folder / "scl.tif"
        with rasterio.open(self.tif, "w", driver="GTiff", width=8, height=8, count=1, dtype="uint8") as file:
            file.write(np.full((8, 8), 4, "uint8"), 1)
        self.map = layers.new_map()
        self.numbers = itertools.count()

    def of(self, name: str) -> dict[str, Any]:
        values = {
            "image": self.image,
            "images": self.images,
            "before": self.images,
            "after": self.images,
            "mask": gee_scl.class_mask(self.image, "cloud"),
            "masked": gee_scl.mask_clouds(self.image),
            "max_distance": 100,
            "min_area": 1000,
            "shown": gee_scl.visualize(self.image),
            "view": views.class_view(self.image),
            "views": views.class_view(self.image),
            "left": views.class_view(self.image),
            "right": views.class_view(self.image),
            "region": (11.58, 46.42, 11.6, 46.44),
            "regions": (11.58, 46.42, 11.6, 46.44),
            "classes": "cloud",
            "period": "month",
            "scheme": "scl",
            "map": self.map,
            "metres": 100,
            "frame": self.frame,
            "transitions": self.changes,
            "paths": self.server.engine.stored and self.folder / "exports" / "drive" / "base.csv",
            "path": self.folder / f"file{next(self.numbers)}.html",
        }
        own = OWN.get(name, {})
        own = own(self) if callable(own) else own
        needed = {
            p.name: values[p.name]
            for p in parameters_of(CALLABLES[name]).values()
            if p.default is p.empty and p.name not in own
        }
        return {**needed, **own}

    def self_of(self, name: str) -> Any:
        kind = name.rpartition(".")[0]
        return {
            "Scheme": gee_scl.SCHEMES["land"],
            "PixelScore": gee_scl.PixelScore(),
            "View": views.class_view(self.image),
            "exports.Drive": exports.Drive(),
            "exports.CloudStorage": exports.CloudStorage("bucket"),
            "exports.Asset": exports.Asset(),
            "exports.Task": self.task,
        }.get(kind)


OWN: dict[str, Any] = {
    "thumbnail": lambda b: {"path": b.folder / f"t{next(b.numbers)}.png"},
    "timelapse": lambda b: {"path": b.folder / f"t{next(b.numbers)}.gif"},
    "exports.download_image": lambda b: {"path": b.folder / f"t{next(b.numbers)}.tif"},
    "add_color_table": lambda b: {"path": b.tif},
    "Scheme": {"name": "s", "title": "t", "classes": (gee_scl.SchemeClass(1, "A", "ff0000", (4,)),)},
    "Scheme.from_groups": {"name": "s", "groups": {"A": "cloud"}},
    "Scheme.from_lists": {"name": "s", "values": [1], "names": ["A"], "palette": ["ff0000"]},
    "Scheme.class_values": {"classes": "Water"},
    "Scheme.recolored": {"palette": ["ff0000"] * 4},
    "SchemeClass": {"value": 1, "name": "A", "color": "ff0000", "codes": (4,)},
    "View": lambda b: {"name": "n", "image": gee_scl.visualize(b.image)},
    "View.with_legend": {"colors": {"A": "ff0000"}},
    "View.with_shares": {"percent": {1: 50.0}},
    "initialize": lambda b: {"local": b.server.url},
    "local_session": lambda b: {"local": b.server.url},
    "layers.add_class_shares": lambda b: {"regions": gee_scl.sample_regions(), "id": "name", "classes": "cloud"},
    "charts.clear_calendar": {"region": "Lake"},
    "exports.CloudStorage": {"bucket": "bucket"},
    "exports.Drive.address": {"name": "n"},
    "exports.Drive.task_place": {"name": "n", "replace": False},
    "exports.CloudStorage.address": {"name": "n"},
    "exports.CloudStorage.task_place": {"name": "n", "replace": False},
    "exports.Asset.address": {"name": "n"},
    "exports.Asset.task_place": {"name": "n", "replace": False},
    "exports.wait_all": lambda b: {"some": [b.task]},
    "exports.watch": lambda b: {"some": [b.task]},
    "exports.retry_failed": lambda b: {"some": [b.task]},
}
