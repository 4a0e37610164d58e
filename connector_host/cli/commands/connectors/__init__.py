"""Commands that run, describe or create a connector."""
