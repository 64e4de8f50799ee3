"""Class rasters as they were before they were masked or clipped, read back from expressions.

Earth Engine gives masked pixels the value 0 when a mask is taken away again: the codes under it are lost to the server.
But the expression still says what was masked. So the way is gone back here, from an image through the steps that leave
its codes as they are, and the masks and clips among them are left out. It ends at an image that is loaded, at the
argument of a mapped function, or at a step that makes other values: what was masked before that stays masked.

Read on this machine, without a request.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import ee

from gee_scl.scenes.chains import INPUTS, is_link
from gee_scl.scenes.nodes import arguments, body_of, calls_within, function_name, known_constant

Found = TypeVar("Found", ee.Image, ee.ImageCollection)

MASKED, KEPT = "gee_scl:masked_classes", "gee_scl:kept_classes"
"""Properties by which an image says that some classes of it are masked."""

_CLIPS: Mapping[str, str] = MappingProxyType({"Image.clip": "input", "Image.clipToCollection": "input"})

_MASKS: Mapping[str, str] = MappingProxyType({"Image.updateMask": "image", "Image.mask": "image"})
"""Of Image.mask the form with two arguments; the other one reads a mask."""

_SETS: Mapping[str, str] = MappingProxyType(
    {
        "Element.set": "object",
        "Element.setMulti": "object",
        "Element.copyProperties": "destination",
        "Image.copyProperties": "destination",
    }
)
"""Steps that change properties alone."""

_TYPES = ("byte", "int", "short", "toByte", "toInt", "toInt16", "toInt32", "toLong", "toShort", "toUint8", "toUint16")

_LEAVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{f"Image.{name}": ("value",) for name in _TYPES},
        "If": ("trueCase", "falseCase"),
        "Image.addBands": ("dstImg", "srcImg"),
        "Image.cast": ("image",),
        "Image.linkCollection": ("input",),
        "Image.remap": ("image",),
        "Image.rename": ("input",),
        "Image.select": ("input",),
        "Image.selfMask": ("image",),
        "Image.setDefaultProjection": ("image",),
        "Image.unmask": ("input",),
    }
)
"""Steps that leave codes as they are or give others for them, pixel by pixel; by the arguments that they come in by."""

_MEMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Collection.distinct": ("collection",),
        "Collection.filter": ("collection",),
        "Collection.first": ("collection",),
        "Collection.limit": ("collection",),
        "Collection.toList": ("collection",),
        "ImageCollection.fromImages": ("images",),
        "ImageCollection.merge": ("collection1", "collection2"),
        "Join.apply": ("primary", "secondary"),
        "List.get": ("list",),
    }
)
"""Steps that choose images or put them together, and may look at their properties."""

_OF_CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Image.remap": ("image",),
        **{f"Image.{name}": ("image1", "image2") for name in ("eq", "neq", "gt", "gte", "lt", "lte")},
    }
)
"""Steps that make a mask of a class raster."""

_OF_MASKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Image.and": ("image1", "image2"),
        "Image.focalMax": ("image",),
        "Image.focalMin": ("image",),
        "Image.mask": ("image", "mask"),
        "Image.not": ("value",),
        "Image.or": ("image1", "image2"),
        "Image.rename": ("input",),
        "Image.reproject": ("image",),
        "Image.select": ("input",),
        "Image.selfMask": ("image",),
        "Image.toUint8": ("value",),
        "Image.unmask": ("input",),
        "Image.updateMask": ("image", "mask"),
    }
)
"""Steps from masks to masks."""


def unmasked(images: Found) -> Found:
    """An image, or a collection, with its codes and without the masks and clips that were put on them.

    Args:
        images: the expression. What it says of itself stays, but for which classes are masked.
    """
    return _Walk(bare=False).codes(images)


def bare(images: Found) -> tuple[Found, bool]:
    """The same without the properties that were set on the way, which pixels do not depend on.

    Args:
        images: the expression. Of a collection, what chose some of its images is left out as well.

    Returns:
        It, and whether there was a mask or clip.
    """
    walk = _Walk(bare=True)
    return walk.codes(images), walk.found


def hides(images: ee.Image | ee.ImageCollection) -> bool:
    """Whether masks or clips are left in an expression, but for those in what its properties are computed of.

    Args:
        images: what `bare` gives. Mosaics of masked images, and what was computed of them, hide pixels.
    """
    return any(
        (name := function_name(call)) in _CLIPS or (name in _MASKS and arguments(call).get("mask") is not None)
        for call in calls_within(images, only=_SETS)
    )


def opened(mask: ee.Image) -> ee.Image:
    """A mask of 0 and 1 as it would be of unmasked classes, and without clips of its own.

    A mask that was put on a class raster is left out: the classes are known there. One that was put on the mask itself
    stays: it says that there nothing is known.

    Args:
        mask: such as `class_mask` of a clipped image.

    Returns:
        It, without the properties that were set on the way.
    """
    return ee.Image(_Walk(bare=True).mask(mask))


class _Walk:
    """One way back; what two ways share is gone once.

    Args:
        bare: whether properties that were set are left out, and what chose images of a collection.

    Attributes:
        found: whether a mask or clip was left out.
    """

    def __init__(self, *, bare: bool) -> None:
        self._bare = bare
        self.found = False
        # Nodes are kept beside what was made of them, so that their ids stay their own.
        self._codes_of: dict[int, tuple[Any, Any]] = {}
        self._mask_of: dict[int, tuple[Any, Any]] = {}

    # The client goes down an expression by three calls for each of its own: more here would take fewer expressions.

    def codes(self, node: Any) -> Any:
        """A class raster, or what holds some, unmasked."""
        if id(node) not in self._codes_of:
            self._codes_of[id(node)] = node, self._codes(function_name(node), node)
        return self._codes_of[id(node)][1]

    def mask(self, node: Any) -> Any:
        """A mask, of unmasked classes."""
        if id(node) not in self._mask_of:
            self._mask_of[id(node)] = node, self._mask(function_name(node), node)
        return self._mask_of[id(node)][1]

    def _codes(self, name: str, node: Any) -> Any:
        given, changed = arguments(node), {}
        if name in _CLIPS or (name in _MASKS and given.get("mask") is not None):
            self.found = True
            return self.codes(given[{**_CLIPS, **_MASKS}[name]])
        if name in _SETS:
            return self._with_properties(name, node)
        if name == "Collection.map":
            return self._mapped(node)
        if self._bare and is_link(node):
            return self.codes(given[INPUTS[name]])
        if name in _MEMBERS and self._bare:
            # What chooses may look at the properties.
            walk = _Walk(bare=False)
            chosen = walk.codes(node)
            self.found |= walk.found
            return chosen
        if isinstance(node, list):
            images = [self.codes(member) for member in node]
            return images if any(new is not old for new, old in zip(images, node, strict=True)) else node
        for argument in _LEAVES.get(name, _MEMBERS.get(name, ())):
            changed[argument] = self.codes(given.get(argument))
        return _with(node, changed)

    def _with_properties(self, name: str, node: Any) -> Any:
        given = arguments(node)
        image = self.codes(given[_SETS[name]])
        if self._bare or known_constant(given.get("key")) in (MASKED, KEPT):
            return _as(image, node)
        changed = {_SETS[name]: image}
        if given.get("source") is not None:
            changed["source"] = self.codes(given["source"])
        return _with(node, changed)

    def _mapped(self, node: Any) -> Any:
        given = arguments(node)
        images, function = self.codes(given["collection"]), given["baseAlgorithm"]
        body = self.codes(body_of(function))
        if body is not None and getattr(body, "func", None) is None:
            return _as(images, node)  # of what is done to each image, nothing is left
        if body is not body_of(function):
            function = copy.copy(function)
            vars(function)["_body"] = body
        return _with(node, {"collection": images, "baseAlgorithm": function})

    def _mask(self, name: str, node: Any) -> Any:
        given, changed = arguments(node), {}
        if name in _CLIPS or name in _SETS:
            return self.mask(given[{**_CLIPS, **_SETS}[name]])
        for argument in _OF_CLASSES.get(name, ()):
            changed[argument] = self.codes(given[argument])
        for argument in _OF_MASKS.get(name, ()):
            if given.get(argument) is not None:
                changed[argument] = self.mask(given[argument])
        return _with(node, changed)


def _as(made: Any, node: Any) -> Any:
    """What was made of a call, in the client's type of it."""
    return made if isinstance(made, type(node)) else type(node)(made)


def _with(node: Any, changed: Mapping[str, Any]) -> Any:
    """A call with other arguments; the call itself where they are the same."""
    given = arguments(node)
    if all(given.get(name) is value for name, value in changed.items()):
        return node
    other = copy.copy(node)
    other.args = {**given, **changed}
    return other
