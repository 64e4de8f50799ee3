"""Tiles of an engine on this machine as browsers of notebooks ask for them, in environments as servers make them."""

from __future__ import annotations

import json
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ee
import pytest

import gee_scl
from gee_scl import layers
from gee_scl.requests import tile_host
from gee_scl.views.layers.tile_urls import TileUrl
from gee_scl.views.pages.page_pictures import PageTiles
from gee_scl.views.view import class_view

ENGINE = "http://127.0.0.1:5000"
TILE = f"{ENGINE}/v1/projects/p/maps/abc/tiles/{{z}}/{{x}}/{{y}}"
PATH = TILE.removeprefix(ENGINE)
HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/me/"}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No notebook, whatever this test runs in."""
    for name in (*tile_host._REMOTE, *tile_host._NOTEBOOK, "JUPYTERHUB_SERVICE_PREFIX", tile_host.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    for name in ("ipykernel", "IPython", "google.colab"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for kept, empty in {"_given": {}, "_colab": {}, "_warned": set()}.items():
        monkeypatch.setattr(tile_host, kept, empty)


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The package jupyter-server-proxy, of which no more than its being there counts."""
    (tmp_path / "jupyter_server_proxy.py").touch()
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture
def jupyter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """A kernel of a Jupyter server that has written the file in which it says where it is."""

    def started(**said: Any) -> None:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
        monkeypatch.setenv("JPY_PARENT_PID", "77")
        (tmp_path / "jpserver-77.json").write_text(json.dumps({"base_url": "/", "hostname": "localhost", **said}))

    return started


def environment(monkeypatch: pytest.MonkeyPatch, names: dict[str, str]) -> None:
    for name, value in names.items():
        monkeypatch.setenv(name, value)


def warned() -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tile_host.warn_of_unseen_tiles(f"{ENGINE}/api")
    return [str(one.message) for one in caught]


def test_on_this_machine_they_are_where_the_engine_is() -> None:
    assert tile_host.seen_by_browser(TILE) == TILE
    assert warned() == []


def test_those_of_earth_engine_are_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, {**HUB, tile_host.VARIABLE: "https://tiles.example"})
    address = "https://earthengine.googleapis.com/v1/projects/p/maps/abc/tiles/{z}/{x}/{y}"
    assert tile_host.seen_by_browser(address) == address
    tile_host.warn_of_unseen_tiles("https://earthengine.googleapis.com/api")


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("https://tiles.example/scl/", "https://tiles.example/scl"),
        ("https://{port}.tiles.example".replace("{port}", "x"), "https://x.tiles.example"),
        ("https://example.org/p/{port}", "https://example.org/p/5000"),
        ("/user/me/proxy/{port}", "/user/me/proxy/5000"),
        ("myhost", "http://myhost:5000"),
        ("10.0.0.7:9000", "http://10.0.0.7:9000"),
        ("localhost:{port}", "http://localhost:5000"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_they_are_where_it_is_said(monkeypatch: pytest.MonkeyPatch, host: str, base: str) -> None:
    environment(monkeypatch, HUB)
    monkeypatch.setenv(tile_host.VARIABLE, host)
    assert tile_host.seen_by_browser(TILE) == base + PATH
    assert warned() == []
    monkeypatch.setenv(tile_host.VARIABLE, "https://elsewhere.example")
    tile_host.set_tile_host(ENGINE, tile_host.checked_tile_host(host))
    assert tile_host.seen_by_browser(TILE) == base + PATH


@pytest.mark.parametrize(
    "host",
    ["", "//tiles.example", "ftp://tiles.example", "proxy/{port}", "https://", "/a b", "/{x}", '/"', 5, "/a?b=1"],
)
def test_what_is_no_host_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, host: Any) -> None:
    with pytest.raises(gee_scl.ArgumentError, match="tile_host: got"):
        gee_scl.initialize(local=ENGINE, tile_host=host)
    if host and isinstance(host, str):
        monkeypatch.setenv(tile_host.VARIABLE, host)
        with pytest.raises(gee_scl.ArgumentError, match="GEE_SCL_TILE_HOST: got"):
            tile_host.seen_by_browser(TILE)


def test_earth_engine_has_no_host_of_ours() -> None:
    with pytest.raises(gee_scl.ArgumentError, match="tile_host"):
        gee_scl.initialize("my-project", tile_host="https://tiles.example")


def test_in_a_hub_they_are_behind_the_users_server(monkeypatch: pytest.MonkeyPatch, proxied: None) -> None:
    environment(monkeypatch, {**HUB, "SSH_CONNECTION": "1", "JPY_PARENT_PID": "77"})
    assert tile_host.seen_by_browser(TILE) == "/user/me/proxy/5000" + PATH
    assert warned() == []


def test_in_a_hub_without_the_proxy_one_warning_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, HUB)
    assert tile_host.seen_by_browser(TILE) == "/user/me/proxy/5000" + PATH
    (text,) = warned()
    assert "pip install jupyter-server-proxy" in text
    assert "port 5000" in text
    assert "tile_host" in text
    assert "GEE_SCL_TILE_HOST" in text
    assert warned() == []


def test_in_jupyterlab_they_are_behind_its_server_where_that_has_the_proxy(
    proxied: None, jupyter: Callable[..., None]
) -> None:
    jupyter(base_url="/lab/of/mine/", hostname="0.0.0.0")  # noqa: S104 - not opened
    assert tile_host.seen_by_browser(TILE) == "/lab/of/mine/proxy/5000" + PATH
    jupyter()
    assert tile_host.seen_by_browser(TILE) == "/proxy/5000" + PATH
    assert warned() == []


def test_jupyterlab_without_the_proxy_is_taken_for_this_machine_unless_something_speaks_against_it(
    jupyter: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    jupyter()
    assert tile_host.seen_by_browser(TILE) == TILE
    assert warned() == []
    jupyter(hostname="0.0.0.0")  # noqa: S104 - not opened
    (text,) = warned()
    assert "listens to other machines" in text
    assert "jupyter-server-proxy" in text
    assert ENGINE in text


def test_a_server_that_has_said_nothing_is_none(
    proxied: None, jupyter: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jupyter()
    for text in ("[]", "{"):
        (tmp_path / "jpserver-77.json").write_text(text)
        assert tile_host.seen_by_browser(TILE) == TILE
    monkeypatch.setenv("JPY_PARENT_PID", "x")
    assert tile_host.seen_by_browser(TILE) == TILE


def vscode(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the extension of VS Code puts into a kernel."""
    shell = types.ModuleType("IPython")
    shell.get_ipython = lambda: types.SimpleNamespace(user_ns={"__vsc_ipynb_file__": "/a.ipynb"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setenv("VSCODE_PID", "5")


def test_vs_code_shows_no_path_of_a_server(
    monkeypatch: pytest.MonkeyPatch, proxied: None, jupyter: Callable[..., None]
) -> None:
    vscode(monkeypatch)
    jupyter(base_url="/mine/")
    assert tile_host.seen_by_browser(TILE) == TILE
    assert warned() == []


@pytest.mark.parametrize("sign", ["SSH_CONNECTION", "CODESPACES", "REMOTE_CONTAINERS", "JUPYTERHUB_SERVICE_PREFIX"])
def test_vs_code_on_another_machine_has_to_have_the_port_forwarded(monkeypatch: pytest.MonkeyPatch, sign: str) -> None:
    vscode(monkeypatch)
    monkeypatch.setenv(sign, "1")
    assert tile_host.seen_by_browser(TILE) == TILE
    (text,) = warned()
    assert sign in text
    assert "panel Ports" in text


def test_a_script_on_another_machine_shows_no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1")
    assert warned() == []


def colab(monkeypatch: pytest.MonkeyPatch, eval_js: Callable[[str], object]) -> None:
    for name in ("google.colab", "google.colab.output"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    sys.modules["google.colab"].output = sys.modules["google.colab.output"]  # type: ignore[attr-defined]
    sys.modules["google.colab.output"].eval_js = eval_js  # type: ignore[attr-defined]


def test_colab_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def eval_js(code: str) -> str:
        asked.append(code)
        return "https://5000-colab.example/"

    colab(monkeypatch, eval_js)
    assert warned() == []
    assert [tile_host.seen_by_browser(TILE) for _ in range(2)] == ["https://5000-colab.example" + PATH] * 2
    assert asked == ["google.colab.kernel.proxyPort(5000)"]


def test_a_colab_that_does_not_say_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def eval_js(code: str) -> str:
        raise RuntimeError(code)

    colab(monkeypatch, eval_js)
    assert tile_host.seen_by_browser(TILE) == TILE
    (text,) = warned()
    assert "Colab" in text


def test_layers_and_sliders_have_the_browsers_addresses_and_the_client_keeps_its_own(
    sample_engine: str, monkeypatch: pytest.MonkeyPatch, proxied: None
) -> None:
    environment(monkeypatch, HUB)
    port = sample_engine.rpartition(":")[2]
    with gee_scl.local_session(sample_engine):
        images = gee_scl.collection(start="2023-05-01", end="2023-06-15", tiles="32TPS")
        m = layers.new_map(gee_scl.sample_regions())
        added, slider = layers.add_classes(m, images.first()), layers.time_slider(m, images)
        for layer in (added.layer, slider.layer):
            assert layer.url.startswith(f"/user/me/proxy/{port}/v1/projects/gee-scl-local/maps/")
        assert ee.Image(1).getMapId()["tile_fetcher"].url_format.startswith(sample_engine)


def test_a_layer_of_earth_engine_is_not_asked_of_an_engine(sample_engine: str) -> None:
    with gee_scl.local_session(sample_engine):
        hidden = TileUrl(class_view(gee_scl.collection().first()))
        hidden._server = "https://earthengine.googleapis.com"
        with pytest.raises(gee_scl.RequestError, match=r"of a session on https://earthengine\.googleapis\.com"):
            hidden.get()


def test_what_the_session_says_holds_for_its_engine_and_pages_take_no_path(sample_engine: str) -> None:
    def tiles() -> tuple[str, str]:
        image = gee_scl.collection().first()
        page = PageTiles("classes", gee_scl.visualize(image), "png")
        return TileUrl(class_view(image)).get(), page.ask(gee_scl.requests.door.Door(gee_scl.Run()))

    with gee_scl.local_session(sample_engine, tile_host="https://tiles.example/{port}"):
        assert all(url.startswith("https://tiles.example/") for url in tiles())
        with gee_scl.local_session(sample_engine, tile_host="/proxy/{port}"):
            layer, page = tiles()
            assert layer.startswith("/proxy/")
            assert page.startswith(sample_engine)
        assert all(url.startswith("https://tiles.example/") for url in tiles())
    with gee_scl.local_session(sample_engine):
        assert all(url.startswith(sample_engine) for url in tiles())
