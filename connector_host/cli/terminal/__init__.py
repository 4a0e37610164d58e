"""The terminal: log lines, progress, signals, masked streams."""
