"""The distributions hold what they should, say what they are, and work where they are installed."""

from __future__ import annotations

import email
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

import gee_scl
from gee_scl.commands.machine import EXTRAS

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ADDRESS = "https://github.com/gee-scl/gee-scl"
CACHES = re.compile(
    r"__pycache__|\.py[co]$|_cache/|\.hypothesis|\.ipynb_checkpoints|\.coverage|gee-scl-exports|\.docs/site"
)


@dataclass(frozen=True)
class Built:
    """The source distribution, and the wheel that was made from it."""

    sdist: Path
    wheel: Path
    unpacked: Path

    @property
    def sources(self) -> set[str]:
        """Files of the source distribution, without its own folder."""
        with tarfile.open(self.sdist) as archive:
            return {member.name.split("/", 1)[1] for member in archive.getmembers() if member.isfile()}

    def metadata(self) -> Message:
        """What the wheel says of itself."""
        with zipfile.ZipFile(self.wheel) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            return email.message_from_bytes(archive.read(name))


def python(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs Python; what it prints is shown where it fails."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False, encoding="utf-8", **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def build(kind: str, source: Path, target: Path) -> Path:
    """A distribution, built with the backend that is installed, so that nothing is downloaded."""
    python("-m", "build", f"--{kind}", "--no-isolation", "--outdir", target, source)
    (made,) = target.iterdir()
    return made


def hashes(wheel: Path) -> dict[str, str]:
    """What is in a wheel: names, and hashes of the contents."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    sdist = build("sdist", ROOT, folder / "sdist")
    with tarfile.open(sdist) as archive:
        # Python 3.11 knows filters from its fourth patch on; what is unpacked was made here a moment ago.
        archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # noqa: S202
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    return Built(sdist, build("wheel", unpacked, folder / "wheel"), unpacked)


def test_both_distributions_pass_the_strict_check_of_the_index(built: Built) -> None:
    done = python("-m", "twine", "check", "--strict", built.sdist, built.wheel)
    assert done.stdout.count("PASSED") == 2


def test_the_wheel_is_the_package_and_its_licences(built: Built) -> None:
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "gee_scl").rglob("*")
        if path.is_file() and not CACHES.search(path.as_posix())
    }
    names = set(hashes(built.wheel))
    about = {name for name in names if not name.startswith("gee_scl/")}
    assert names - about == package
    assert {name.partition(".dist-info/")[2] for name in about} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
        "licenses/gee_scl/views/pages/web/vendor/LICENSE",
    }
    assert {
        "gee_scl/py.typed",
        "gee_scl/views/pages/web/map.html",
        "gee_scl/views/pages/web/map.css",
        "gee_scl/views/pages/web/map.js",
    } < names
    assert {"gee_scl/views/pages/web/vendor/leaflet.js", "gee_scl/views/pages/web/vendor/LICENSE"} < names


def test_the_wheel_works_on_every_system(built: Built) -> None:
    assert built.wheel.name == f"gee_scl-{gee_scl.__version__}-py3-none-any.whl"


def test_a_wheel_from_the_checkout_is_the_one_from_the_source_distribution(built: Built, tmp_path: Path) -> None:
    assert hashes(build("wheel", ROOT, tmp_path)) == hashes(built.wheel)


@pytest.mark.parametrize("name", ["gee_scl", "tests", "notebooks", ".ci", ".docs", ".github"])
def test_the_source_distribution_has_what_the_tests_need(built: Built, name: str) -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / name).rglob("*")
        if path.is_file() and not CACHES.search(path.relative_to(ROOT).as_posix())
    }
    assert there
    assert {source for source in built.sources if source.startswith(f"{name}/")} == there


def test_the_source_distribution_has_nothing_else(built: Built) -> None:
    folders = ("gee_scl/", "tests/", "notebooks/", ".ci/", ".docs/", ".github/")
    rest = {name for name in built.sources if not name.startswith(folders)}
    assert rest == {".gitignore", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}
    assert not [name for name in built.sources if CACHES.search(name)]


def test_scripts_of_the_source_distribution_can_be_run(built: Built) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no such permission")
    assert all(os.access(path, os.X_OK) for path in (built.unpacked / ".ci").iterdir())


def test_the_version_is_said_once(built: Built) -> None:
    assert built.metadata()["Version"] == gee_scl.__version__
    assert "version" in PROJECT["dynamic"]
    assert f'"{gee_scl.__version__}"' not in (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_metadata_says_what_people_look_for(built: Built) -> None:
    metadata = built.metadata()
    assert metadata["Summary"] == PROJECT["description"]
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0 AND BSD-2-Clause"
    assert metadata["Maintainer"] == metadata["Author"] == "The gee-scl developers"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text("utf-8")
    assert {"Earth Engine", "Sentinel-2", "SCL"} < set(metadata["Keywords"].split(","))
    systems = {"MacOS", "Microsoft :: Windows", "POSIX :: Linux"}
    assert {f"Operating System :: {system}" for system in systems} < set(metadata.get_all("Classifier", []))
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_every_link_of_the_metadata_leads_somewhere(built: Built) -> None:
    links = dict(link.split(", ", 1) for link in built.metadata().get_all("Project-URL", []))
    assert set(links) == {"Homepage", "Documentation", "Source", "Issues", "Changelog", "Citation"}
    assert all(link.startswith(ADDRESS) for link in links.values())
    headings = re.findall(r"^#+ (.+)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings} | {"readme"}
    assert {link.partition("#")[2] for link in links.values()} - {""} <= anchors


def test_the_extras_are_those_that_the_doctor_looks_at(built: Built) -> None:
    extras = set(built.metadata().get_all("Provides-Extra", []))
    assert extras == {
        "local",
        "regions",
        "parquet",
        "excel",
        "charts",
        "completion",
        "safe",
        "docs",
        "dev",
        "notebooks",
        "benchmarks",
    }
    assert set(EXTRAS) == extras - {"docs", "dev", "notebooks", "benchmarks"}
    always = {_name(requirement) for requirement in PROJECT["dependencies"]}
    for extra, modules in EXTRAS.items():
        needed = {_name(requirement) for requirement in PROJECT["optional-dependencies"][extra]}
        assert set(modules) == needed - always - {"gee-scl"}, extra


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]


def test_every_dependency_has_a_lower_bound_and_users_have_no_upper_one() -> None:
    own = [*PROJECT["dependencies"]]
    for extra in EXTRAS:
        own += [text for text in PROJECT["optional-dependencies"][extra] if not text.startswith("gee-scl[")]
    assert own
    assert [text for text in own if not re.fullmatch(r"[A-Za-z0-9-]+>=[0-9.]+", text)] == []


@pytest.mark.long
def test_an_installed_wheel_measures_the_sample_where_nothing_else_of_the_checkout_is(
    built: Built, sample: Path, tmp_path: Path
) -> None:
    installed, elsewhere, home = (tmp_path / name for name in ("installed", "elsewhere", "home"))
    elsewhere.mkdir()
    home.mkdir()
    python("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", installed, built.wheel)
    command = shutil.which("gee-scl", path=str(installed / "bin"))
    assert command is not None
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "PATH") if name in os.environ}
    environment = {
        **kept,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PYTHONPATH": str(installed),
        "GEE_SCL_CACHE": str(sample.parent),
    }
    where = python("-c", "import gee_scl; print(gee_scl.__file__)", cwd=elsewhere, env=environment)
    assert Path(where.stdout.strip()) == installed / "gee_scl" / "__init__.py"
    said = subprocess.run(
        [command, "--version"], cwd=elsewhere, env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == f"gee-scl {gee_scl.__version__}"
    done = subprocess.run(
        [command, "stats", "--local"],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "synthetic" in done.stderr
    assert {"Lake", "Farmland", "Mountain"} <= set(done.stdout.split())
    assert list(elsewhere.iterdir()) == []
