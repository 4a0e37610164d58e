"""Baton connectors as connectors of connector-host: the program of one is started, and asked over gRPC."""

from connector_host.remote import RemoteConnector

__all__ = ["connector"]

connector = RemoteConnector(
    "baton", summary="Run a Baton connector written in Go, or one in Python in an environment of its own."
)
