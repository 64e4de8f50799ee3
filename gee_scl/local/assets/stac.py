"""STAC items in a folder: catalogues, collections, single items and SAFE products, wherever they lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pystac

from gee_scl.local.errors import EngineError, ForbiddenError, NotFoundError

_ROOTS = ("catalog.json", "collection.json")


def items_in(folder: Path) -> Iterator[pystac.Item]:
    """Every item of a folder, each once.

    A folder is a STAC catalogue or collection, a SAFE product, a folder of loose items, or a folder of any of these.

    Raises:
        NotFoundError: there is no such folder.
        EngineError: a document in it is no STAC, or a SAFE product is there without what reads it.
    """
    if not folder.exists():
        raise NotFoundError(f"There is no folder {folder.name!r} to serve.")
    if folder.is_file():
        yield pystac.Item.from_file(str(folder))
        return
    if folder.suffix == ".SAFE":
        yield _safe_item(folder)
        return
    for name in _ROOTS:
        if (folder / name).is_file():
            yield from _catalogue(folder / name)
            return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.name.startswith("."):
            yield from items_in(entry)
        elif entry.suffix == ".json" and _is_item(entry):
            yield pystac.Item.from_file(str(entry))


def _catalogue(path: Path) -> Iterator[pystac.Item]:
    try:
        # A collection's file can be read as a catalogue, and it need not be complete for that.
        root = pystac.read_file(str(path))
        if isinstance(root, pystac.Catalog):
            yield from root.get_items(recursive=True)
    except (pystac.STACError, OSError, ValueError, KeyError) as error:
        raise EngineError(f"The STAC catalogue {path.name!r} cannot be read: {error}") from error


def _is_item(path: Path) -> bool:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("type") == "Feature" and "stac_version" in document


def _safe_item(folder: Path) -> pystac.Item:
    try:
        from stactools.sentinel2.stac import create_item
    except ImportError:
        raise EngineError(
            f"{folder.name} is a SAFE product: reading it needs stactools-sentinel2. "
            'Install it with: python -m pip install "gee-scl[safe]"'
        ) from None
    item: pystac.Item = create_item(str(folder))
    item.collection_id = "sentinel-2-l2a"
    item.set_self_href(str(folder / "item.json"))
    return item


def asset_path(item: pystac.Item, asset: pystac.Asset, folder: Path) -> str | None:
    """Where an asset's pixels are: a file within the folder or an address on the network; None if the file is missing.

    Raises:
        ForbiddenError: the file is not within the folder.
    """
    href = asset.get_absolute_href() or asset.href
    if "://" in href and not href.startswith("file://"):
        return f"/vsicurl/{href}" if href.startswith(("http://", "https://")) else href.replace("s3://", "/vsis3/", 1)
    path = Path(href.removeprefix("file://")).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ForbiddenError(f"The STAC item {item.id!r} refers to a file outside its catalogue: {asset.href!r}.")
    return str(path) if path.is_file() else None
