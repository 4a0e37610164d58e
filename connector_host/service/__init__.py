"""gRPC: the connector process, and ConductorOne's service mode. Needs the extra `grpc`."""
