"""What comes in place of a picture or of pixels is none, and is asked for again or reported."""

from __future__ import annotations

import io
from pathlib import Path

import ee
import pytest
from PIL import Image

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.requests.contents import checked_content
from gee_scl.requests.door import Door
from gee_scl.requests.refusals import ShapeError


def written(file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2)).save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", ["png", "jpg", "gif"])
def test_a_file_of_the_format_is_one_and_a_part_of_it_is_none(file_format: str) -> None:
    content = written("jpeg" if file_format == "jpg" else file_format)
    assert checked_content(content, file_format) == content
    for other in (content[:-20], content[3:], b"", b"<html></html>", b"{}", None, "text"):
        with pytest.raises(ShapeError):
            checked_content(other, file_format)


@pytest.mark.parametrize("body", ["html", "nothing", "{}"])
def test_a_page_is_never_written_as_a_picture(
    server: LocalServer, tmp_path: Path, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gee_scl.requests.patience._FAULT", (0.01, 0.01))
    image = ee.Image(gee_scl.collection().first())
    path = tmp_path / "picture.png"
    with (
        server.fail("thumbnails.getPixels", body=body),
        pytest.raises(gee_scl.RequestError, match="has not the shape"),
    ):
        gee_scl.thumbnail(gee_scl.visualize(image), (11.58, 46.42, 11.6, 46.44), path, size=32)
    assert not path.exists()
    with server.fail("thumbnails.getPixels", body=body, times=2):
        gee_scl.thumbnail(gee_scl.visualize(image), (11.58, 46.42, 11.6, 46.44), path, size=32)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_film_that_is_cut_is_asked_for_again(server: LocalServer) -> None:
    images = gee_scl.collection(tiles="32TPS").limit(2).map(lambda image: gee_scl.visualize(image))
    parameters = {"dimensions": [8, 8], "framesPerSecond": 2.0}
    with server.fail("videoThumbnails.getPixels", cut=0.5, times=1) as fault:
        content = Door().film("A film", images, parameters)
    assert fault.struck == 1
    assert content.startswith(b"GIF8")
