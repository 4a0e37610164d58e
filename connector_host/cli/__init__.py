"""The command line: one module a command; parsing, calling, printing, and nothing else."""
