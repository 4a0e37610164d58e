"""Commands that create accounts and credentials."""
