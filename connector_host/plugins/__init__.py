"""Connectors as the host sees them: discovery, loading, checks of the contract, and the facade that calls hooks."""
