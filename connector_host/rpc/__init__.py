"""gRPC over HTTP/2 and TLS, with messages as bytes: a client for one process, a server, and TLS material in memory.

The libraries are those of the extra `grpc`; `docs/go-connectors.md` says why they were chosen. Nothing here knows the
messages: their bytes come from `connector_host.wire` and go there.
"""
