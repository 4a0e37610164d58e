"""Where a sync comes from: what the host that made it left in the sync's token, beside the keys of Go.

Files of other writers, and of hosts before this was kept, say nothing of it.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ..c1z.types import SyncRun

__all__ = ["SyncOrigin", "read_origin"]


class SyncOrigin(Struct, frozen=True):
    """`version` is the host's; `user` is whom the connector was signed in as, in `account`.

    `limits` are what it said it cannot see, `unread` the listings that were not permitted, `only` the resource types
    that the sync was restricted to, `without` what it was told to leave out. Everything is empty where it is not known.
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


class _Token(Struct, frozen=True):
    connector_host: SyncOrigin = SyncOrigin()


def read_origin(sync: SyncRun) -> SyncOrigin:
    """What the sync's token says; nothing for a token that is not ours or no JSON."""
    try:
        return msgspec.json.decode(sync.token or "{}", type=_Token).connector_host
    except msgspec.MsgspecError:
        return SyncOrigin()
