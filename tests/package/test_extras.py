"""Without extras the package loads and says, wherever it needs one, which command brings it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gee_scl
from gee_scl.commands.machine import EXTRAS

OPTIONAL = sorted({module.split(".")[0] for modules in EXTRAS.values() for module in modules.values()} - {"numpy"})
"""What only extras bring, but for what pandas needs itself."""

PACKAGE = Path(gee_scl.__file__).parent
SQUARE = {"type": "Polygon", "coordinates": [[[11, 46], [11.1, 46], [11.1, 46.1], [11, 46.1], [11, 46]]]}


def without(packages: list[str], code: str, folder: Path, sample: Path) -> str:
    """What code prints in a Python that cannot import some packages."""
    blocked = f"import sys\nsys.modules.update(dict.fromkeys({packages!r}))\n"
    done = subprocess.run(
        [sys.executable, "-c", blocked + code],
        cwd=folder,
        env={**os.environ, "GEE_SCL_CACHE": str(sample.parent)},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(code: str) -> str:
    """Code that prints the error of a package that is missing."""
    body = "".join(f"    {line}\n" for line in code.strip().splitlines())
    return f"import gee_scl\ntry:\n{body}except gee_scl.GeeSclError as error:\n    print(error)\n"


def test_the_package_loads_and_tells_its_classes_without_any_extra(tmp_path: Path, sample: Path) -> None:
    code = """
import gee_scl
assert all(getattr(gee_scl, name) is not None for name in gee_scl.__all__)
assert all(getattr(gee_scl.charts, name) is not None for name in gee_scl.charts.__all__)
from gee_scl.commands.main import main
assert main(["legend"]) == 0
assert len(gee_scl.legend()) == 12
print(len(gee_scl.mask_table()) > 0)
"""
    assert without(OPTIONAL, code, tmp_path, sample).split()[-1] == "True"


SITES = {
    "the local engine": ("local", "rasterio", "gee_scl.initialize(local=True)"),
    "a session on it": ("local", "scipy", "with gee_scl.local_session():\n    pass"),
    "its regions": ("local", "shapely", "gee_scl.sample_regions()"),
    "a raster that is downloaded": ("local", "rasterio", "gee_scl.exports.download_image(None, 'classes.tif')"),
    "colours for rasters": ("local", "rasterio", "gee_scl.add_color_table('land.tif')"),
    "regions of GeoJSON": (
        "regions",
        "shapely",
        "from gee_scl.regions.as_regions import as_regions\nas_regions('fields.geojson')",
    ),
    "regions of another file": (
        "regions",
        "geopandas",
        "from gee_scl.regions.as_regions import as_regions\nas_regions('fields.gpkg')",
    ),
    "regions of Parquet": (
        "parquet",
        "pyarrow",
        "from gee_scl.regions.as_regions import as_regions\nas_regions('fields.parquet')",
    ),
    "a table as Parquet": (
        "parquet",
        "pyarrow",
        "import pathlib\nfrom gee_scl.options.files import write_frame\n"
        "write_frame(gee_scl.legend(), pathlib.Path('legend.parquet'))",
    ),
    "a table as a workbook": (
        "excel",
        "openpyxl",
        "import pathlib\nfrom gee_scl.options.files import write_frame\n"
        "write_frame(gee_scl.legend(), pathlib.Path('legend.xlsx'))",
    ),
    "completion in a shell": (
        "completion",
        "shtab",
        "from gee_scl.commands.main import command_line\ncommand_line().parse_args(['--print-completion', 'zsh'])",
    ),
    "a flow diagram in plotly": (
        "charts",
        "plotly",
        "import pandas as pd\n"
        "row = dict(from_value=6, from_name='Water', to_value=4, to_name='Vegetation', area_m2=1.0)\n"
        "gee_scl.charts.transition_sankey(pd.DataFrame([row]), interactive=True)",
    ),
    "a SAFE product": ("safe", "stactools", "gee_scl.initialize(local='S2A_MSIL2A_20230705T101601.SAFE')"),
    "a Shapefile": (
        "regions",
        "geopandas",
        "import ee, time\nwith gee_scl.local_session(exports='exports'):\n"
        "    points = ee.FeatureCollection([ee.Feature(ee.Geometry.Point([11.6, 46.4]), {'a': 1})])\n"
        "    task = ee.batch.Export.table.toDrive(points, 'points', fileFormat='SHP')\n"
        "    task.start()\n"
        "    while task.active():\n        time.sleep(0.05)\n"
        "    print(task.status()['error_message'])",
    ),
}
"""What is done: the extra that it needs, a package of that extra, and code that needs it."""


@pytest.mark.parametrize("site", SITES)
@pytest.mark.some(4)
def test_what_needs_an_extra_names_the_command_that_brings_it(site: str, tmp_path: Path, sample: Path) -> None:
    extra, package, code = SITES[site]
    (tmp_path / "S2A_MSIL2A_20230705T101601.SAFE").mkdir()
    for name in ("fields.geojson", "fields.gpkg", "fields.parquet", "land.tif"):
        (tmp_path / name).write_text(json.dumps(SQUARE), encoding="utf-8")
    said = without([package, "fastparquet"], refused(code), tmp_path, sample)
    assert f'python -m pip install "gee-scl[{extra}]"' in said
    assert package in said


def test_a_command_without_its_extra_is_one_line_and_a_status(tmp_path: Path, sample: Path) -> None:
    code = """
from gee_scl.commands.main import main
import contextlib
with contextlib.redirect_stderr(sys.stdout):
    print(main(["stats", "--local"]))
"""
    *said, status = without(["rasterio"], code, tmp_path, sample).splitlines()
    assert status == "1"
    assert said[-1].startswith("gee-scl: The local engine needs the package 'rasterio'")
    assert said[-1].endswith('python -m pip install "gee-scl[local]"')


def test_the_doctor_names_the_command_of_every_extra(tmp_path: Path, sample: Path) -> None:
    code = """
from gee_scl.commands import machine
for finding in machine._extras():
    print(finding.works, finding.text)
"""
    said = without(OPTIONAL, code, tmp_path, sample).splitlines()
    assert [line.startswith("False") for line in said] == [True] * len(EXTRAS)
    for extra, line in zip(EXTRAS, said, strict=True):
        assert line.endswith(f'python -m pip install "gee-scl[{extra}]"')


KNOWN = {
    "commands/completion.py": {"shtab"},
    "exports/download.py": {"rasterio"},
    "exports/raster_files/class_rasters.py": {"rasterio"},
    "exports/raster_files/color_tables.py": {"rasterio"},
    "exports/raster_files/pixels.py": {"rasterio"},
    "exports/raster_files/tiffs.py": {"rasterio"},
    "frames/partitions.py": {"pyarrow"},
    "options/workbook.py": {"openpyxl"},
    "regions/crs.py": {"pyproj"},
    "regions/files.py": {"geopandas", "pyarrow"},
    "regions/outlines.py": {"shapely"},
    "regions/rings.py": {"shapely"},
    "regions/sources.py": {"shapely"},
    "views/charts/interactive_sankey.py": {"plotly"},
    # Of regions in another CRS, which took the extra to be read; of regions that were cut in two, where it is there.
    "views/drawing/outlines.py": {"pyproj", "shapely"},
}
"""Where packages of extras are imported, outside of the local engine, which needs its extra as a whole."""


def test_packages_of_extras_are_imported_where_these_tests_look() -> None:
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if packages := set() if name.startswith("local/") else imported(path) & set(OPTIONAL):
            found[name] = packages
    assert found == KNOWN


def imported(path: Path) -> set[str]:
    """The packages that a module imports when it runs: as a statement, or by a name given to `import_extra`."""
    tree = ast.parse(path.read_text("utf-8"))
    typing = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    unused = {id(node) for block in typing for statement in block.body for node in ast.walk(statement)}
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in unused:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "import_extra":
            names.add(ast.literal_eval(node.args[0]))
    return {name.split(".")[0] for name in names}
