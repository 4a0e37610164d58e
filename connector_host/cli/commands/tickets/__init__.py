"""Commands about tickets of an application."""
