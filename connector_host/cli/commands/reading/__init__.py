"""Commands that answer questions about a c1z file."""
