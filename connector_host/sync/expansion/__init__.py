"""Grant expansion: whoever is behind a group is given a grant of their own, with its sources, on what the group holds."""
