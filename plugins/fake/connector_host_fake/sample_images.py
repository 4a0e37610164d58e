"""The images of the fake connector: a drawn square for each icon, in a colour that its id decides."""

from __future__ import annotations

import zlib

from connector_host import Asset, NotFound

__all__ = ["ICON", "LOGO", "image"]

ICON, LOGO = "connector-icon", "connector-logo"
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#{colour}"/></svg>\n'
)


def image(asset_id: str, known: frozenset[str]) -> Asset:
    """Return the image of an icon of the connector or of the organisation. Raises NotFound."""
    if asset_id not in known | {ICON, LOGO}:
        raise NotFound(f"there is no image {asset_id!r}")
    colour = f"{zlib.crc32(asset_id.encode()) & 0xFFFFFF:06x}"
    return Asset("image/svg+xml", DRAWING.format(colour=colour).encode())
