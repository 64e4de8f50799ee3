"""All assets of an engine: those of its catalogue, and those that were stored."""

from __future__ import annotations

from gee_scl.local.assets.ids import plain_id
from gee_scl.local.assets.storage import StoredAssets
from gee_scl.local.context import Assets
from gee_scl.local.errors import NotFoundError
from gee_scl.local.values import Element


class Library:
    """All assets of an engine.

    Args:
        catalogue: comes first.
        stored: the others.
    """

    def __init__(self, catalogue: Assets, stored: StoredAssets) -> None:
        self._catalogue, self._stored = catalogue, stored

    def load(self, asset_id: str) -> Element:
        """The asset of this id.

        Raises:
            NotFoundError: there is none.
        """
        try:
            return self._catalogue.load(asset_id)
        except NotFoundError as error:
            try:
                return self._stored.load(plain_id(asset_id))
            except NotFoundError:
                raise error from None
