"""Connector processes: programs that serve a connector over gRPC, written in Go or by `connector-host serve`.

`RemoteConnector` has the hooks of one: a plugin offers an object of it (`plugins/baton`).
"""

from .remote_connector import RemoteConnector

__all__ = ["RemoteConnector"]
