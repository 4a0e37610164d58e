"""Origin of a sync: the facts that the host stored in the sync's token, next to the keys of the Go SDK.

Files of other writers, and of hosts before this was stored, have none.
"""

from __future__ import annotations

from msgspec import Struct

from ..c1z.types import SyncRun
from ..decoding.json_decoding import decode_json

__all__ = ["SyncOrigin", "read_origin"]


class SyncOrigin(Struct, frozen=True):
    """Host, connector and identity that a sync comes from; unknown facts are empty.

    `version` is the version of the host, `user` the identity that the connector used in `account`. `limits` are the
    sentences of the connector about what that identity cannot see, `unread` the listings that were not permitted,
    `only` the resource types that the sync was restricted to, `without` what it was told to leave out.
    """

    version: str = ""
    connector: str = ""
    connector_version: str = ""
    account: str = ""
    user: str = ""
    limits: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


class _OriginToken(Struct, frozen=True):
    connector_host: SyncOrigin = SyncOrigin()


def read_origin(sync: SyncRun) -> SyncOrigin:
    """Return the origin in a sync's token; an empty one for a token of other writers or without JSON."""
    try:
        return decode_json(sync.token or "{}", _OriginToken).connector_host
    except ValueError:
        return SyncOrigin()
