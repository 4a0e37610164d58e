"""Requests and answers of connector processes: of a host that calls one, and of a connector that is served as one."""
