"""The README says what the package does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import gee_scl

README = Path(__file__).resolve().parents[1] / "README.md"


def mask_rows() -> list[str]:
    """The table of mask presets and peers' defaults, as the README has it."""
    table = gee_scl.mask_table()
    rows = ["| preset or package | masks the classes | closest preset | note |", "|---|---|---|---|"]
    for name, row in table.iterrows():
        codes = ", ".join(str(code) for code in range(12) if row[code]) or "none"
        is_preset = row["preset"] == name
        closest = "" if is_preset else f"{row['preset']} {row['differs_by']}".strip()
        shown = f"`{name}`" if is_preset else f"[{name}]({row['source']})"
        rows.append(f"| {shown} | {codes} | {closest} | {row['note']} |")
    return rows


def test_the_readmes_mask_table_is_the_packages() -> None:
    text = README.read_text("utf-8")
    between = text.split("<!-- mask table -->")[1].split("<!-- end of mask table -->")[0]
    assert between.strip().splitlines() == mask_rows()


def test_every_function_the_readme_names_is_there_and_every_public_expression_is_named() -> None:
    text = README.read_text("utf-8")
    table = text.split("| for | functions |")[1].split("```python")[0]
    named = {part.strip("` ") for row in table.splitlines() for part in row.split("`")[1::2]}
    public = set(gee_scl.__all__)
    methods = {"median", "mean", "medoid", "near_median", "most_recent", "best_pixel"}
    assert named - methods <= public
    modules = ("masks", "morphology", "composites", "occurrence", "quality", "mosaics", "scenes", "periods")
    functions = {
        name
        for name in public
        if getattr(getattr(gee_scl, name), "__module__", "").removeprefix("gee_scl.") in modules
        and callable(getattr(gee_scl, name))
        and name[0].islower()
    }
    assert functions - {"grouped", "baseline_table"} <= named


def test_the_readmes_python_runs_from_top_to_bottom(sample: Path, tmp_path: Path) -> None:
    """With the sample's regions as fields, the local engine for Earth Engine, and its folder for Drive."""
    fields = json.loads((sample / "regions.geojson").read_text("utf-8"))
    fields["features"] = fields["features"][:2]
    fields["features"][0]["properties"]["name"] = "North field"
    (tmp_path / "fields.geojson").write_text(json.dumps(fields))
    code = "\n".join(re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL))
    opening = 'gee_scl.initialize(project="your-project")'
    assert opening in code
    code = code.replace(opening, f"gee_scl.initialize(local={str(sample)!r})").replace(
        '"drive/', '"gee-scl-exports/drive/'
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert {"north.pdf", "classes.tif", "fields.geojson"} <= written
    exported = {name for name in written if name.startswith("gee-scl-exports/drive/scl/")}
    assert {Path(name).suffix for name in exported} >= {".tif", ".qml", ".sld", ".clr"}
