"""Users without a home, and caches that cannot be written: an error that says what to set, or a warning and on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

OPEN = """
try:
    gee_scl.initialize(local=True)
except gee_scl.FolderError as error:
    print(error)
"""

NO_HOME = """
import pwd
def nobody(number):
    raise KeyError(number)
pwd.getpwuid = nobody
"""
"""A user who is not in the table of users, as in a container: that of a home is asked there where HOME is not set."""

FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
"""
"""No file may be larger: written like one on a disk that is full."""

posix = pytest.mark.skipif(sys.platform == "win32", reason="users and limits are of POSIX")


def run(code: str, **environment: str) -> str:
    kept = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME", "GEE_SCL_CACHE")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import warnings\nimport gee_scl\n{code}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**kept, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def closed(tmp_path: Path) -> str:
    """What no folder can be made in, by nobody: a file."""
    (tmp_path / "file").touch()
    return str(tmp_path / "file")


@posix
def test_a_home_or_cache_that_cannot_be_written_is_an_error_that_says_what_to_set(closed: str, tmp_path: Path) -> None:
    said = [
        run(OPEN, HOME=closed),
        run(OPEN, GEE_SCL_CACHE=f"{closed}/cache"),
        run(OPEN, GEE_SCL_CACHE="~nobody-of-this-name/cache"),
        run(NO_HOME + OPEN),
        run(FULL + OPEN, GEE_SCL_CACHE=str(tmp_path / "full")),
    ]
    for text in said:
        assert text.startswith("GEE_SCL_CACHE: got")
        assert "Set the environment variable GEE_SCL_CACHE" in text
    assert list((tmp_path / "full").iterdir()) == []


EXPORT = """
import os
from gee_scl import exports
gee_scl.initialize(local={sample!r}, exports={exports!r})
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    image = gee_scl.collection(tiles="32TPS").first()
    tasks = [exports.export_image(image, name=name) for name in ("one", "two")]
print(*(task.wait().state for task in tasks))
print(*(warning.message for warning in caught), sep="\\n")
"""


@posix
@pytest.mark.parametrize("no_home", [False, True])
def test_tasks_go_on_where_nothing_can_be_kept_of_them_and_one_warning_says_so(
    sample: Path, tmp_path: Path, closed: str, no_home: bool
) -> None:
    code = EXPORT.format(sample=str(sample), exports=str(tmp_path / "exports"))
    states, *warned = (run(NO_HOME + code) if no_home else run(code, HOME=closed)).splitlines()
    assert states == "SUCCEEDED SUCCEEDED"
    assert sorted(path.name for path in (tmp_path / "exports" / "drive").iterdir()) == ["one.tif", "two.tif"]
    (text,) = warned
    assert "GEE_SCL_CACHE" in text


def test_a_folder_for_exports_that_cannot_be_written_is_named_by_the_task(sample: Path, closed: str) -> None:
    code = f"""
from gee_scl import exports
gee_scl.initialize(local={str(sample)!r}, exports={closed + "/exports"!r})
try:
    exports.export_image(gee_scl.collection(tiles="32TPS").first(), name="one").wait()
except gee_scl.GeeSclError as error:
    print(error)
"""
    text = run(code, HOME=closed)
    assert f"The folder for exports, {closed + '/exports'!r}, cannot be written" in text
    assert "exports=FOLDER" in text
