"""ConductorOne's API on the loopback interface, to try service mode without ConductorOne: faults included."""
