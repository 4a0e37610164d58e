"""ConductorOne's service mode: the host asks for tasks, performs them, and reports their results."""
