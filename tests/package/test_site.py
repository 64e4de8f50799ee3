"""The reference site builds without a warning, has every public name, and needs no other host."""

from __future__ import annotations

import html
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import ee
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import gee_scl
from gee_scl.commands.main import main
from tests.support.local.catalogues import GRID, write_raster

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / ".docs"
MODULES = ("charts", "exports", "layers", "views")

# Material says on standard error at each start that MkDocs will change.
ENVIRONMENT = {"GEE_SCL_DOCS_RUN": "0", "NO_MKDOCS_2_WARNING": "1"}

if not DOCS.is_dir():
    pytest.skip("the site's pages are not beside the tests", allow_module_level=True)


class Page(HTMLParser):
    """The anchors of a page, where its links lead, and what a browser loads for it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if "id" in found:
            self.anchors.append(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "link" and "href" in found:
            self.loaded.append(found["href"])
        self.loaded += [found[name] for name in ("src", "data", "poster") if name in found and tag != "a"]
        self.loaded += [part.split()[0] for part in found.get("srcset", "").split(",") if part.strip()]


def built(folder: Path, config: Path = DOCS / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(folder)]
    environment = {**os.environ, **ENVIRONMENT}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, without the notebooks' outputs."""
    folder = tmp_path_factory.mktemp("site")
    done = built(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """The pages by their paths."""
    return {path.relative_to(site).as_posix(): Page(path.read_text("utf-8")) for path in site.rglob("*.html")}


def public_names() -> Iterator[str]:
    yield from (f"gee_scl.{name}" for name in gee_scl.__all__)
    for module in MODULES:
        # What the package offers as well is explained there.
        names = set(getattr(gee_scl, module).__all__) - set(gee_scl.__all__)
        yield from (f"gee_scl.{module}.{name}" for name in names)


def inside(pages: dict[str, Page], page: str) -> Iterator[tuple[str, str, str]]:
    """The links of a page that lead to the site: as written, the path within it, the anchor."""
    for link in pages[page].links:
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc:
            target = os.path.normpath((Path(page).parent / unquote(parts.path)).as_posix()) if parts.path else page
            yield link, Path(target).as_posix(), unquote(parts.fragment)


def test_every_public_name_is_explained_exactly_once(site: Path, pages: dict[str, Page]) -> None:
    reference = [anchor for name, page in pages.items() if name.startswith("reference/") for anchor in page.anchors]
    wanted = set(public_names())
    counted = Counter(anchor for anchor in reference if anchor in wanted)
    assert counted == Counter(wanted)
    asked = [
        line.removeprefix("::: ").strip()
        for path in (DOCS / "pages").rglob("*.md")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("::: ")
    ]
    assert Counter(asked) == Counter(wanted)


def test_an_options_words_stand_in_the_signature_for_its_type(site: Path) -> None:
    shown = {}
    for page in ("statistics", "composites", "remap"):
        text = (site / "reference" / f"{page}.html").read_text("utf-8")
        plain = html.unescape(re.sub("<[^>]*>", "", text))
        shown[page] = re.sub(r"\s+", " ", plain)
    assert 'by: "image" | "date" = "image"' in shown["statistics"]
    assert 'period: "day" | "month" | "season", *, day: "utc" | "solar" = "utc"' in shown["composites"]
    assert 'unlisted: "mask" | "keep" | int = "mask"' in shown["remap"]
    assert not any(re.search(r"\b(By|Day|Period|Unlisted|Method) \|", text) for text in shown.values())


def test_other_sites_can_link_to_every_public_name(site: Path) -> None:
    from mkdocstrings import Inventory

    with (site / "objects.inv").open("rb") as file:
        inventory = Inventory.parse_sphinx(io.BytesIO(file.read()))
    assert set(public_names()) <= set(inventory)


def test_every_page_is_reached_from_the_first_by_links(pages: dict[str, Page]) -> None:
    reached, waiting = set(), ["index.html"]
    while waiting:
        page = waiting.pop()
        if page in pages and page not in reached:
            reached.add(page)
            waiting += [target for _, target, _ in inside(pages, page)]
    assert reached == set(pages) - {"404.html"}


def test_links_within_the_site_lead_somewhere(site: Path, pages: dict[str, Page]) -> None:
    broken = []
    for page in set(pages) - {"404.html"}:
        for link, target, anchor in inside(pages, page):
            known = target in pages and anchor in ("", "__skip", *pages[target].anchors)
            if not known and not ((site / target).is_file() and not anchor):
                broken.append((page, link))
    assert broken == []


def test_a_browser_loads_nothing_from_another_host(site: Path, pages: dict[str, Page]) -> None:
    foreign = [(name, link) for name, page in pages.items() for link in page.loaded if urlsplit(link).netloc]
    assert foreign == []
    sheets = [
        path for path in site.rglob("*.css") if re.search(r"(@import|url\()[\s\"']*(https?:)?//", path.read_text())
    ]
    assert sheets == []


def test_the_start_page_is_the_readme(pages: dict[str, Page], site: Path) -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    text = (site / "index.html").read_text("utf-8")
    assert headings
    for heading in headings:
        assert re.search(rf'<h2 id="[^"]+">{re.escape(heading)}<', text), heading


def test_every_notebook_is_a_page_and_can_be_saved(site: Path) -> None:
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        title = "".join(cells[0]["source"]).splitlines()[0].removeprefix("# ")
        assert f">{title}<" in (site / "notebooks" / f"{notebook.stem}.html").read_text("utf-8")
        assert (site / "notebooks" / notebook.name).read_bytes() == notebook.read_bytes()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, set[str]]:
    """What `--help` says there is: each command that has none below it, with its options."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    found = {}
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        words = waiting.pop()
        with pytest.raises(SystemExit):
            main([*words, "--help"])
        said = capsys.readouterr().out
        below = re.search(r"^  [A-Z]+\n((?:    .+\n?)+)", said, re.MULTILINE)
        if below:
            waiting += [(*words, name) for name in re.findall(r"^    (\w+)", below[1], re.MULTILINE)]
        else:
            found[" ".join(("gee-scl", *words))] = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", said))
    return found


def test_the_command_lines_page_has_every_command_and_option(site: Path, commands: dict[str, set[str]]) -> None:
    text = (site / "reference" / "command-line.html").read_text("utf-8")
    sections = dict(re.findall(r'<h2 id="gee-scl[^"]*">(gee-scl [\w ]+?)<(.*?)(?=<h2|</article>)', text, re.DOTALL))
    assert set(sections) == set(commands)
    for command, options in commands.items():
        missing = {option for option in options if not re.search(rf"<td><code>[^<]*{option}\b", sections[command])}
        assert missing == set(), command


def test_the_stac_item_of_the_local_engines_page_is_served(tmp_path: Path) -> None:
    page = (DOCS / "pages" / "reference" / "local-engine.md").read_text("utf-8")
    item = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert item is not None
    (tmp_path / "item.json").write_text(item[1])
    write_raster(tmp_path / "scl.tif", np.full((10, 10), 6, "uint8"), GRID, "EPSG:32632")
    with gee_scl.local_session(tmp_path):
        image = gee_scl.collection(tiles="32TPS").first()
        assert image.get("system:index").getInfo() == "20230601T101500_20230601T101500_T32TPS"
        frame = gee_scl.class_statistics(image, image.geometry().buffer(5000))
    assert frame.set_index("class_value")["pixels"][6] == 100


def test_the_refusal_of_the_local_engines_page_is_the_engines(sample_session: str) -> None:
    page = (DOCS / "pages" / "reference" / "local-engine.md").read_text("utf-8")
    refusal = re.search(r"```text\n(Image\.gradient: .+)\n```", page)
    assert refusal is not None
    with pytest.raises(ee.EEException, match=re.escape(refusal[1])):
        ee.Image.constant(1).gradient().bandNames().getInfo()


def test_a_docstring_that_contradicts_its_function_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.md").write_text("# Test\n\n::: wrong.function\n")
    (tmp_path / "wrong.py").write_text(
        'def function(a: int) -> None:\n    """Do.\n\n    Args:\n        b: it.\n    """\n'
    )
    settings = "site_name: test\ndocs_dir: pages\nplugins:\n  - mkdocstrings: {handlers: {python: {paths: [.]}}}\n"
    (tmp_path / "mkdocs.yml").write_text(settings)
    done = built(tmp_path / "site", tmp_path / "mkdocs.yml")
    assert done.returncode == 1
    assert "Parameter 'b' does not appear in the function signature" in done.stdout + done.stderr


def test_a_notebooks_page_shows_nothing_that_needs_a_kernel_or_another_host() -> None:
    place = importlib.util.spec_from_file_location("notebook_pages", DOCS / "hooks" / "notebook_pages.py")
    assert place is not None
    assert place.loader is not None
    hook = importlib.util.module_from_spec(place)
    place.loader.exec_module(hook)
    widget = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "Map(center=[46, 11])"}
    page = {"text/html": '<iframe srcdoc="<script src=https://example.org/l.js>"></iframe>', "text/plain": "<folium>"}
    table = '<style scoped>\n.dataframe {}\n</style>\n<table border="1" class="dataframe">\n\n<tr></tr></table>'
    style = "<style>.jp-Cell {}</style>"
    shown_html = (widget, page, {"text/html": table}, {"text/html": style})
    outputs = [
        new_output("stream", name="stderr", text="a library complains"),
        new_output("stream", name="stdout", text="1 < 2\n"),
        *(new_output("display_data", data=data) for data in shown_html),
        new_output("display_data", data={"image/png": "UE5H", "text/plain": "<Figure>"}),
    ]
    notebook = new_notebook(cells=[new_markdown_cell("# Title"), new_code_cell("code", outputs=outputs)])
    pictures: dict[str, bytes] = {}
    title, file, code, *shown = hook._page(notebook, "01_test", pictures, runs=True)
    assert (title, "01_test.ipynb" in file, code) == ("# Title", True, "````python\ncode\n````")
    assert shown == [
        '<pre class="notebook-text">1 &lt; 2</pre>',
        f'<p class="notebook-live">{hook._LIVE["application/vnd.jupyter.widget-view+json"]}</p>',
        f'<p class="notebook-live">{hook._LIVE["application/vnd.jupyter.widget-view+json"]}</p>',
        '<div class="notebook-html">\n<table class="notebook-table">\n<tr></tr></table>\n</div>',
        "![What the code above shows](01_test/01-6.png)",
    ]
    assert pictures == {"01_test/01-6.png": b"PNG"}
