"""STAC items in a folder: catalogues, collections, single items and SAFE products, wherever they lie."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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

_CURRENT = re.compile(r"1\.\d+\.\d+")
"""Versions of STAC in which items have the members that are read here; older ones are brought up to date by pystac."""

_UNREADABLE = (pystac.STACError, pystac.STACTypeError, OSError, ValueError, TypeError, AttributeError, LookupError)
"""What pystac raises for documents that are no STAC, or broken."""


@dataclass(frozen=True)
class Found:
    """An item, and its collection where its document is on this machine: none is fetched for what it would tell."""

    item: pystac.Item
    collection: pystac.Collection | None


def items_in(folder: Path) -> Iterator[Found]:
    """Every item of a folder, each once.

    A folder is a STAC catalogue or collection, a SAFE product, a folder of loose items, or a folder of any of these;
    links to other folders are not followed.

    Raises:
        NotFoundError: there is no such folder.
        EngineError: a document in it cannot be read, or a SAFE product is there without what reads it.
    """
    yield from _items_in(folder, {})


_Collections = dict[str, pystac.Collection | None]
"""Those that were read, by address: thousands of items name the same one."""


def _items_in(folder: Path, known: _Collections) -> Iterator[Found]:
    if not folder.exists():
        raise NotFoundError(f"There is no folder {folder.name!r} to serve.")
    root = next((folder / name for name in _ROOTS if (folder / name).is_file()), None)
    if folder.is_file() or root is not None:
        yield from _documents(root or folder, known)
    elif folder.suffix.upper() == ".SAFE":
        yield Found(_safe_item(folder), None)
    else:
        for entry in sorted(folder.iterdir()):
            if entry.suffix == ".json" and _is_item(entry):
                yield from _documents(entry, known)
            elif entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
                yield from _items_in(entry, known)


def _documents(path: Path, known: _Collections) -> Iterator[Found]:
    try:
        document = pystac.read_file(path.absolute().as_posix())
        if isinstance(document, pystac.Item):
            yield Found(document, _collection_of(document, known))
        elif isinstance(document, pystac.Catalog):
            if isinstance(document, pystac.Collection):
                known[document.self_href] = document
            for item in _linked_items(document):
                yield Found(item, _collection_of(item, known))
    except _UNREADABLE as error:
        raise EngineError(f"The STAC document {path.name!r} cannot be read: {error}") from error


def _linked_items(catalogue: pystac.Catalog) -> Iterator[pystac.Item]:
    """The items of a catalogue and of those within it.

    pystac reads each of them, but does not resolve the links: that copies every document three times on its way to
    today's version of STAC, and keeps all items for as long as the last of them is used.
    """
    for link in catalogue.links:
        if link.rel == pystac.RelType.ITEM:
            yield _read_item(link.get_absolute_href() or link.href)
    for child in catalogue.get_children():
        yield from _linked_items(child)


def _read_item(href: str) -> pystac.Item:
    reader = pystac.StacIO.default()
    document = reader.read_json(href)
    if _CURRENT.fullmatch(str(document.get("stac_version"))):
        return pystac.Item.from_dict(document, href=href, migrate=False, preserve_dict=False)
    item = reader.stac_object_from_dict(document, href=href, preserve_dict=False)
    if not isinstance(item, pystac.Item):
        raise pystac.STACTypeError(document, pystac.Item)
    return item


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


def _collection_of(item: pystac.Item, known: _Collections) -> pystac.Collection | None:
    link = item.get_single_link(pystac.RelType.COLLECTION)
    if link is None:
        return None
    href = link.get_absolute_href() or ""
    if href not in known:
        known[href] = pystac.Collection.from_file(href) if Path(href).is_file() else None
    return known[href]


class AssetFiles:
    """Where the pixels of a folder's assets are.

    Args:
        folder: that they must be in.
    """

    def __init__(self, folder: Path) -> None:
        allowed = folder.resolve()
        self._allowed = str(allowed if allowed.is_dir() else allowed.parent)
        self._folders: dict[str, str] = {}

    def path(self, item: pystac.Item, asset: pystac.Asset) -> str | None:
        """A file within the folder or an address on the network; None if the file is missing.

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
        path = self._resolved(href)
        if separator or not Path(path).is_relative_to(self._allowed):
            raise ForbiddenError(f"The STAC item {item.id!r} refers to a file outside its catalogue: {asset.href!r}.")
        return path if os.path.isfile(path) else None  # noqa: PTH113 - twenty of them for each of thousands of items

    def _resolved(self, href: str) -> str:
        """A path without links. Those of its folder are followed once for all files in it."""
        parent, name = os.path.split(href)
        if name in ("", ".", ".."):
            return os.path.realpath(href)
        if parent not in self._folders:
            self._folders[parent] = os.path.realpath(parent)
        path = os.path.join(self._folders[parent], name)  # noqa: PTH118 - see above
        return os.path.realpath(path) if os.path.islink(path) else path  # noqa: PTH114


def is_remote(path: str) -> bool:
    """Whether a path from `AssetFiles` leads over the network."""
    return path.startswith(tuple(_REMOTE.values()))
