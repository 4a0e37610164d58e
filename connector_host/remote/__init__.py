"""Connector processes: programs that serve a connector over gRPC, written in Go or by `connector-host serve`.

`RemoteConnector` has the hooks of one: a plugin offers an object of it (`plugins/baton`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .remote_connector import RemoteConnector

__all__ = ["RemoteConnector"]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import the class when it is first asked for: it needs protobuf, which `--help` does not."""
        if name == "RemoteConnector":
            from .remote_connector import RemoteConnector  # noqa: PLC0415

            return RemoteConnector
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
