"""The store of a served connector's run, which belongs to one sync of its host."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..errors import ConnectorHostError
from ..rpc.rpc_errors import ConnectionLost
from ..session_store import OpenedBackend, SessionStore
from .connector_server import ParentConfig

if TYPE_CHECKING:
    from ..rpc.unary_client import UnaryConnection

__all__ = ["StoreOfSync"]

log = logging.getLogger(__name__)


class StoreOfSync:
    """The store of a run, which follows the sync that a host names in its requests."""

    def __init__(self, store: SessionStore, config: ParentConfig) -> None:
        self._store, self._config = store, config
        self._has_begun = False
        self._connection: UnaryConnection | None = None

    def begin(self, sync_id: str) -> None:
        """Keep the entries of this sync at the host, from their first use on; those of an earlier one are forgotten."""
        if self._has_begun:
            self._store.clear()
        self._has_begun = True
        if self._config.session_port:
            self._store.attach_when_used(lambda: self._open(sync_id))

    def _open(self, sync_id: str) -> OpenedBackend | None:
        """Return the store at the host and its entries; None if it cannot be used: entries stay in memory."""
        from .parent_store import ParentStore, connect_to_parent  # noqa: PLC0415 - most connectors store nothing

        try:
            if self._connection is None or self._connection.broken:
                self._connection = connect_to_parent(self._config)
            store = ParentStore(self._connection, sync_id)
            return store, store.read()
        except (ConnectionLost, ConnectorHostError, OSError, ValueError) as error:
            log.warning("The session store of the host cannot be used, entries stay in memory: %s", error)
            return None
