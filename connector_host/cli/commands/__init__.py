"""The commands, one module each, grouped as in the help. Each module has a click command named `command`."""
