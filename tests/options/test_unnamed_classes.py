"""Nobody has said what a band's values mean: no function takes them for the SCL's codes because it is its default."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ee
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from tests.support.callables import parameters_of, public_functions, refusal_of
from tests.support.engines import server_over, session_on

AREA = (11.58, 46.42, 11.6, 46.44)

AS_THEY_ARE = {"exports.export_image", "exports.export_collection", "exports.preview_exports", "exports.download_image"}
"""What nobody has named classes of, these write as it is."""


CLASSES = ("classes", "mask")
"""Arguments that name classes, some of them the SCL's by default."""


FUNCTIONS = public_functions()


def reads_by_default(function: Callable[..., Any]) -> bool:
    words = parameters_of(function)
    return {"scheme", "band"} <= set(words) and words["scheme"].default is not inspect.Parameter.empty


READERS = sorted(name for name, function in FUNCTIONS.items() if reads_by_default(function))
"""All that read a band of classes by a scheme that has a default."""


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as server, session_on(server.url):
        yield server


@pytest.fixture
def arguments(server: LocalServer, tmp_path: Path) -> dict[str, Any]:
    images = gee_scl.collection(start="2023-06-01", end="2023-06-10").map(
        lambda image: image.addBands(image.select("SCL").eq(6).rename("wet"))
    )
    image = ee.Image(images.first())
    return {
        "image": image,
        "images": images,
        "before": image,
        "after": image,
        "region": AREA,
        "regions": AREA,
        "overlay": [1],
        **dict.fromkeys(CLASSES, "wet"),
        "map": gee_scl.layers.new_map(),
        "band": "wet",
    }


def call(name: str, arguments: dict[str, Any], folder: Path, **more: Any) -> Any:
    function = FUNCTIONS[name]
    given = {**arguments, **more, "path": folder / ("a.gif" if name == "timelapse" else "a.html")}
    parameters = inspect.signature(function).parameters.values()
    wanted = {p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD}
    wanted |= {p.name for p in parameters} & {"overlay", *CLASSES}
    return function(**{word: given[word] for word in wanted | {"band"} | set(more)})


@pytest.mark.parametrize("name", sorted(set(READERS) - AS_THEY_ARE))
def test_a_band_without_a_name_or_classes_is_refused(name: str, arguments: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(gee_scl.SchemeError, match="none for the band 'wet'") as caught:
        call(name, arguments, tmp_path)
    assert caught.value.argument == "scheme"
    assert not list(tmp_path.iterdir())


WET = gee_scl.Scheme.from_lists("wet", [0, 1], ["Dry", "Wet"], ["c8b48c", "0000ff"])


@pytest.mark.parametrize("name", sorted(set(READERS) - AS_THEY_ARE))
def test_whoever_names_the_classes_is_believed(
    name: str, arguments: dict[str, Any], server: LocalServer, tmp_path: Path
) -> None:
    # The scheme is taken where the first request, or the one after the look at the band, is made and refused.
    with server.fail("*", status=403, after=1):
        assert refusal_of(lambda: call(name, arguments, tmp_path, scheme=WET)) in (None, 403)


def test_these_are_all_functions_with_a_scheme_by_default() -> None:
    assert len(READERS) == 35, READERS
    assert set(READERS) >= AS_THEY_ARE
