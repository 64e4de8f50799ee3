"""The README says what the package does."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import gee_scl

README = Path(__file__).resolve().parents[2] / "README.md"


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
    of_schemes = {"recolored", "vis_params", "legend_dict", "sld"}
    assert named - of_schemes - {'SCHEMES["land"]'} <= public
    assert all(callable(getattr(gee_scl.SCHEMES["land"], name)) for name in of_schemes)
    homes = tuple(
        f"gee_scl.{name}"
        for name in (
            "expressions.colors",
            "expressions.composites",
            "expressions.masks",
            "expressions.morphology",
            "expressions.occurrence",
            "expressions.quality",
            "expressions.remap",
            "expressions.transitions",
            "scenes.clear_share",
            "scenes.mosaics",
            "scenes.periods",
        )
    )
    functions = {
        name
        for name in public
        if getattr(getattr(gee_scl, name), "__module__", "") in homes
        and callable(getattr(gee_scl, name))
        and name[0].islower()
    }
    assert functions <= named


def test_the_readmes_python_runs_from_top_to_bottom_and_its_frame_is_what_comes_out(tmp_path: Path) -> None:
    """With the sample's regions as fields, the local engine for Earth Engine, and its folder for Drive."""
    (tmp_path / "fields.geojson").write_text(json.dumps(gee_scl.sample_regions()))
    text = README.read_text("utf-8")
    first, *rest = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    opening = 'gee_scl.initialize(project="your-project")'
    assert opening in first
    code = "\n".join([first, "print(frame.head(4).to_string(index=False))", *rest])
    code = code.replace(opening, "gee_scl.initialize(local=True)")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    shown = text.split("<!-- frame -->")[1].split("<!-- end of frame -->")[0].strip().splitlines()[1:-1]
    assert [line.split() for line in done.stdout.splitlines()[: len(shown)]] == [line.split() for line in shown]
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert {"lake.pdf", "classes.tif", "fields.geojson"} <= written
    exported = {name for name in written if name.startswith("gee-scl-exports/drive/scl/")}
    assert {Path(name).suffix for name in exported} >= {".tif", ".qml", ".sld", ".clr"}


def test_the_readmes_links_lead_to_files_and_sections() -> None:
    text = README.read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert len(links) > 10
    sections = {
        re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in re.findall("^#+ (.*)", text, re.M)
    }
    for link in links:
        if link.startswith("#"):
            assert link[1:] in sections, link
        elif not link.startswith("https://"):
            assert (README.parent / link).is_file(), link


def test_the_readmes_commands_are_the_packages() -> None:
    """Each line of a shell block that starts gee-scl is taken by its parser."""
    from gee_scl.commands.main import command_line

    text = README.read_text("utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    commands = [
        shlex.split(part, comments=True)[1:]
        for line in lines
        for part in line.split("&&")
        if part.split()[:1] and part.split()[0].endswith("gee-scl")
    ]
    assert len(commands) > 8
    for command in commands:
        command_line().parse_args(command)
