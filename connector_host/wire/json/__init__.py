"""Stored messages as the JSON text that Go's protojson writes."""
