"""Mistakes: whatever stands in place of an argument is taken for what it plainly means, or refused by name.

Every public callable, with one of its arguments replaced by each value of a fixed list. Where a call asks the server,
the first request is refused, so that what is accepted does no work.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ee
import matplotlib.pyplot as plt
import numpy as np
import pytest
import rasterio

import gee_scl
from gee_scl import exports, layers, views
from gee_scl.local.server import LocalServer
from tests.support.callables import MODULES, parameters_of, public_callables
from tests.support.engines import server_over
from tests.support.mistakes import FEW, VALUES, meaningful

pytestmark = pytest.mark.filterwarnings("ignore")

RESULTS = {
    *("SclClass", "ColoredRaster", "Plan", "Plan.to_frame"),
    *("exports.Task", "exports.Task.of", "exports.TableExport", "layers.Added", "layers.Added.remove"),
}
"""What only the package itself makes, and an enumeration."""

CALLABLES = {name: function for name, function in public_callables().items() if name not in RESULTS}

AREA = (11.58, 46.42, 11.6, 46.44)

NAMED_OTHERWISE: Mapping[tuple[str, str], str] = {
    ("Scheme.from_lists", "values"): "value of",
    ("Scheme.from_lists", "names"): "name",
    ("Scheme.from_lists", "palette"): "color of",
    ("Scheme.recolored", "palette"): "color of",
    ("layers.add_class_shares", "regions"): "id",
    ("layers.add_class_shares", "id"): "regions",
    ("initialize", "project"): "local",
    ("Scheme", "source"): "classes",
    # Of a band that is not called SCL nothing is assumed.
    **{
        (name, "band"): "scheme"
        for name, function in CALLABLES.items()
        if {"band", "scheme"} <= set(parameters_of(function)) or name == "PixelScore.image"
    },
}
"""Where an error names a part of the argument, or the other of two that do not go together."""

FAILS_ITSELF = {("add_color_table", "progress", "class"), ("exports.wait_all", "progress", "class")}
"""Functions of the caller that cannot be called as they are documented: their own error comes through."""


@dataclass
class Bases:
    """A valid call of everything that is public."""

    server: LocalServer
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        regions = gee_scl.sample_regions()
        self.images = gee_scl.collection(start="2023-05-01", end="2023-05-10")
        self.image = ee.Image(self.images.first())
        self.frame = gee_scl.class_statistics(self.images, regions, id="name", by="date")
        self.changes = gee_scl.transitions(self.images, self.images, regions, id="name")
        export = exports.export_table(self.images, regions, "base")
        export.wait()
        run = gee_scl.Run(checkpoint=self.folder / "checkpoint")
        gee_scl.class_statistics(self.images, regions, run=run)
        gee_scl.class_statistics(self.images, regions, run=gee_scl.Run(output=self.folder / "statistics"))
        self.tif = self.folder / "scl.tif"
        with rasterio.open(self.tif, "w", driver="GTiff", width=8, height=8, count=1, dtype="uint8") as file:
            file.write(np.full((8, 8), 4, "uint8"), 1)
        view = views.class_view(self.image)
        self.values = {
            **dict.fromkeys(("images", "before", "after"), self.images),
            **dict.fromkeys(("view", "views", "left", "right"), view),
            **dict.fromkeys(("region", "regions"), AREA),
            "image": self.image,
            "mask": gee_scl.class_mask(self.image, "cloud"),
            "masked": gee_scl.mask_clouds(self.image),
            "shown": gee_scl.visualize(self.image),
            "classes": "cloud",
            "period": "month",
            "scheme": "scl",
            "map": layers.new_map(),
            "metres": 100,
            "max_distance": 100,
            "min_area": 1000,
            "frame": self.frame,
            "transitions": self.changes,
            "paths": self.folder / "exports" / "drive" / "base.csv",
            "some": export,
            "checkpoint": self.folder / "checkpoint",
            "folder": self.folder / "statistics",
            "name": "name",
        }
        self.owners = {
            "Scheme": gee_scl.SCHEMES["land"],
            "PixelScore": gee_scl.PixelScore(),
            "View": view,
            "exports.Drive": exports.Drive(),
            "exports.CloudStorage": exports.CloudStorage("bucket"),
            "exports.Asset": exports.Asset(),
            "exports.Task": export[0],
            "exports.TableExport": export,
        }

    def kept(self) -> Path:
        """A checkpoint's folder, also after it was cleared."""
        folder = self.folder / "checkpoint"
        (folder / "job.json").touch()
        return folder

    def arguments(self, name: str) -> dict[str, Any]:
        own = OWN.get(name, lambda bases: {})(self)
        values = {**self.values, "path": self._new_file(ENDINGS.get(name, ".html")), **own}
        needed = [p.name for p in parameters_of(CALLABLES[name]).values() if p.default is p.empty]
        return {**{word: values[word] for word in needed}, **own}

    def call(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Call it, and go into what it gives: a context, or the first of what it yields."""
        owner = name.rpartition(".")[0]
        is_method = owner in self.owners and not hasattr(CALLABLES[name], "__self__")
        result = CALLABLES[name](*([self.owners[owner]] if is_method else []), **arguments)
        if isinstance(result, AbstractContextManager) and name == "local_session":
            with result:
                pass
        elif isinstance(result, Iterator):
            next(result, None)

    def _new_file(self, ending: str) -> Path:
        return self.folder / f"file{next(self.numbers)}{ending}"


ENDINGS = {"thumbnail": ".png", "timelapse": ".gif", "exports.download_image": ".tif"}

OWN: dict[str, Callable[[Bases], dict[str, Any]]] = {
    "add_color_table": lambda bases: {"path": bases.tif},
    "clear_checkpoint": lambda bases: {"checkpoint": bases.kept(), "older_than_days": 1},
    "Scheme": lambda bases: {"title": "t", "classes": (gee_scl.SchemeClass(1, "A", "ff0000", (4,)),)},
    "Scheme.from_groups": lambda bases: {"groups": {"A": "cloud"}},
    "Scheme.from_lists": lambda bases: {"values": [1], "names": ["A"], "palette": ["ff0000"]},
    "Scheme.class_values": lambda bases: {"classes": "Water"},
    "Scheme.recolored": lambda bases: {"palette": ["ff0000"] * 4},
    "SchemeClass": lambda bases: {"value": 1, "color": "ff0000", "codes": (4,)},
    "View": lambda bases: {"image": bases.values["shown"]},
    "View.with_legend": lambda bases: {"colors": {"A": "ff0000"}},
    "View.with_shares": lambda bases: {"percent": {1: 50.0}},
    "initialize": lambda bases: {"local": bases.server.url},
    "local_session": lambda bases: {"local": bases.server.url},
    "layers.add_class_shares": lambda bases: {"regions": gee_scl.sample_regions(), "id": "name"},
    "charts.clear_calendar": lambda bases: {"region": "Lake"},
    "exports.CloudStorage": lambda bases: {"bucket": "bucket"},
}
"""Arguments of some that others of the same name have otherwise."""


@pytest.fixture(scope="module")
def bases(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bases]:
    folder = tmp_path_factory.mktemp("mistakes")
    with pytest.MonkeyPatch.context() as patch, server_over(sample, exports=folder / "exports") as server:
        patch.chdir(folder)
        patch.setenv("HOME", str(folder))  # where nobody has signed in
        patch.delenv("EARTHENGINE_TOKEN", raising=False)
        # What is exported is noted there; the sample is not made again.
        patch.setenv("GEE_SCL_CACHE", str(folder / "cache"))
        (folder / "cache").mkdir()
        (folder / "cache" / sample.name).symlink_to(sample)
        with gee_scl.local_session(server.url):
            yield Bases(server, folder)


OPENING = {"initialize", "local_session"}
"""What opens a session has to have an answer."""


def outcome(bases: Bases, name: str, arguments: Mapping[str, Any]) -> gee_scl.GeeSclError | None:
    """The error of ours that a call ends in; None where it is accepted, as far as to the first request."""
    try:
        bases.call(name, arguments)
    except gee_scl.RequestError as error:
        return None if error.status == 403 else error
    except gee_scl.GeeSclError as error:
        return error
    finally:
        plt.close("all")
    return None


def check(bases: Bases, name: str, labels: Sequence[str]) -> None:
    faults = []
    refusing = None if name in OPENING else bases.server.fail("*", status=403)
    for parameter in parameters_of(CALLABLES[name]).values():
        allowed = meaningful(name, parameter)
        for label in labels:
            asked = sum(bases.server.counters.requests.values())
            given = {**bases.arguments(name), parameter.name: VALUES[label]()}
            try:
                error = outcome(bases, name, given)
            except Exception as raw:  # noqa: BLE001 - all of them are looked for
                if (name, parameter.name, label) not in FAILS_ITSELF:
                    faults.append(f"{parameter.name}={label}: {type(raw).__name__}: {raw}")
                continue
            asked = sum(bases.server.counters.requests.values()) - asked
            if error is None and label not in allowed:
                faults.append(f"{parameter.name}={label}: accepted")
            if error is not None:
                # What Earth Engine's own client says of a session that nobody opened is about no argument.
                named = getattr(error, "argument", parameter.name if name in OPENING else "")
                word = NAMED_OTHERWISE.get((name, parameter.name), parameter.name)
                if not re.search(rf"\b({parameter.name}|{word})\b", named):
                    faults.append(f"{parameter.name}={label}: without its name: {error}")
                if asked and name not in OPENING:
                    faults.append(f"{parameter.name}={label}: refused after {asked} requests")
    if refusing is not None:
        refusing.stop()
    else:
        gee_scl.initialize(local=bases.server.url)
    assert not faults, "\n".join([f"{len(faults)} faults of {name}", *faults])


@pytest.mark.parametrize("name", CALLABLES)
@pytest.mark.long
def test_everything_has_a_valid_call(name: str, bases: Bases) -> None:
    refusing = None if name in OPENING else bases.server.fail("*", status=403)
    try:
        assert outcome(bases, name, bases.arguments(name)) is None
    finally:
        if refusing is not None:
            refusing.stop()


@pytest.mark.parametrize("name", CALLABLES)
@pytest.mark.long
def test_a_few_mistakes_are_refused_by_name(name: str, bases: Bases) -> None:
    check(bases, name, FEW)


@pytest.mark.long
@pytest.mark.parametrize("name", CALLABLES)
def test_mistakes_are_refused_by_name_or_mean_something(name: str, bases: Bases) -> None:
    check(bases, name, [label for label in VALUES if label not in FEW])


PAIRS: dict[str, tuple[dict[str, Any], str]] = {
    "reversed dates": ({"start": "2023-06-01", "end": "2023-05-01"}, "end"),
    "reversed moments": ({"start": np.datetime64("2023-06-01"), "end": np.datetime64("2023-05-01")}, "end"),
    "the same day": ({"start": "2023-06-01", "end": "2023-06-01"}, "end"),
    "swapped ends of a box": ({"region": (11.6, 46.44, 11.58, 46.42)}, "region"),
    "latitude beyond the pole": ({"region": (11.0, 98.0, 12.0, 99.0)}, "region"),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_arguments_that_contradict_each_other_are_refused(pair: str, sample_session: str) -> None:
    arguments, word = PAIRS[pair]
    with pytest.raises(gee_scl.ArgumentError) as caught:
        gee_scl.collection(**arguments)
    assert caught.value.argument == word


def test_images_and_paths_in_each_others_place_are_refused(bases: Bases) -> None:
    for name in ("timelapse", "write_map", "write_report", "thumbnail", "exports.download_image"):
        given = {"path": bases.folder / "swapped", **bases.arguments(name)}
        first = next(word for word in given if word != "path")
        with pytest.raises(gee_scl.ArgumentError):
            bases.call(name, {**given, first: given["path"], "path": given[first]})


def test_requests_are_counted(bases: Bases) -> None:
    asked = sum(bases.server.counters.requests.values())
    with bases.server.fail("*", status=403):
        assert outcome(bases, "class_statistics", bases.arguments("class_statistics")) is None
    assert sum(bases.server.counters.requests.values()) == asked + 1


def test_the_table_is_as_large_as_it_was() -> None:
    parameters = sum(len(parameters_of(function)) for function in CALLABLES.values())
    assert (len(MODULES), len(CALLABLES), parameters, len(VALUES)) == (5, 125, 679, 54)
    print(f"{parameters * len(VALUES):,} mistakes")  # noqa: T201 - with -s it tells the size
