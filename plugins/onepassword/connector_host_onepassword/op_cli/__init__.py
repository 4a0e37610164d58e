"""The program `op`: its calls, its child processes, its failures and its answers."""
