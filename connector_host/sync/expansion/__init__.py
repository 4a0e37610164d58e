"""Grant expansion: whoever is behind a group gets a grant of their own, with its sources, on what the group holds."""
