"""Grant expansion: the members of a group get grants of their own, with their sources, on what the group holds."""
