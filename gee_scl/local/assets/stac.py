"""STAC items in a folder: catalogues, collections, single items and SAFE products, wherever they lie."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pystac

from gee_scl.local.errors import EngineError, ForbiddenError, NotFoundError

_ROOTS = ("catalog.json", "collection.json")

_REMOTE: Mapping[str, str] = MappingProxyType(
    {"http": "/vsicurl/http://", "https": "/vsicurl/https://", "s3": "/vsis3/", "gs": "/vsigs/", "az": "/vsiaz/"}
)
"""Where pixels may come from over the network, and how GDAL spells it; other schemes may lead to local files."""

_UNREADABLE = (pystac.STACError, pystac.STACTypeError, OSError, ValueError, TypeError, AttributeError, LookupError)
"""What pystac raises for documents that are no STAC, or broken."""


def items_in(folder: Path) -> Iterator[pystac.Item]:
    """Every item of a folder, each once.

    A folder is a STAC catalogue or collection, a SAFE product, a folder of loose items, or a folder of any of these;
    links to other folders are not followed.

    Raises:
        NotFoundError: there is no such folder.
        EngineError: a document in it cannot be read, or a SAFE product is there without what reads it.
    """
    if not folder.exists():
        raise NotFoundError(f"There is no folder {folder.name!r} to serve.")
    root = next((folder / name for name in _ROOTS if (folder / name).is_file()), None)
    if folder.is_file() or root is not None:
        yield from _documents(root or folder)
    elif folder.suffix.upper() == ".SAFE":
        yield _safe_item(folder)
    else:
        for entry in sorted(folder.iterdir()):
            if entry.suffix == ".json" and _is_item(entry):
                yield from _documents(entry)
            elif entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
                yield from items_in(entry)


def _documents(path: Path) -> Iterator[pystac.Item]:
    try:
        document = pystac.read_file(path.absolute().as_posix())
        if isinstance(document, pystac.Item):
            yield document
        elif isinstance(document, pystac.Catalog):
            yield from document.get_items(recursive=True)
    except _UNREADABLE as error:
        raise EngineError(f"The STAC document {path.name!r} cannot be read: {error}") from error


def _is_item(path: Path) -> bool:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("type") == "Feature" and "stac_version" in document


def _safe_item(folder: Path) -> pystac.Item:
    try:
        from stactools.sentinel2.safe_manifest import ManifestError
        from stactools.sentinel2.stac import create_item
    except ImportError:
        raise EngineError(
            f"{folder.name} is a SAFE product: reading it needs stactools-sentinel2. "
            'Install it with: python -m pip install "gee-scl[safe]"'
        ) from None
    try:
        with warnings.catch_warnings():
            # ESA winds footprints clockwise, which is set right and would be reported for every product.
            warnings.filterwarnings("ignore", module="antimeridian")
            item: pystac.Item = create_item(str(folder.absolute()))
    except (*_UNREADABLE, ManifestError, SyntaxError, AssertionError) as error:
        raise EngineError(f"The SAFE product {folder.name!r} cannot be read: {error}") from error
    level1 = item.properties.get("s2:product_type") == "S2MSI1C"
    item.collection_id = "sentinel-2-l1c" if level1 else "sentinel-2-l2a"
    return item


def collection_of(item: pystac.Item) -> pystac.Collection | None:
    """An item's collection, if its document is on this machine: none is fetched for what it would tell."""
    link = item.get_single_link(pystac.RelType.COLLECTION)
    if link is None or not (link.is_resolved() or Path(link.get_absolute_href() or "").is_file()):
        return None
    return item.get_collection()


def asset_path(item: pystac.Item, asset: pystac.Asset, folder: Path) -> str | None:
    """Where an asset's pixels are: a file within the folder or an address on the network; None if the file is missing.

    Raises:
        ForbiddenError: the file is not within the folder.
    """
    href = asset.get_absolute_href() or asset.href
    if href.startswith("file://"):
        # As the system writes paths: file:///C:/scl%20map.tif is C:\scl map.tif on Windows.
        href = url2pathname(urlsplit(href).path)
    scheme, separator, rest = href.partition("://")
    if separator and scheme.lower() in _REMOTE:
        return _REMOTE[scheme.lower()] + rest
    path, allowed = Path(href).resolve(), folder.resolve()
    if separator or not path.is_relative_to(allowed if allowed.is_dir() else allowed.parent):
        raise ForbiddenError(f"The STAC item {item.id!r} refers to a file outside its catalogue: {asset.href!r}.")
    return str(path) if path.is_file() else None


def is_remote(path: str) -> bool:
    """Whether a path from `asset_path` leads over the network."""
    return path.startswith(tuple(_REMOTE.values()))
