"""The outcome of a sync: its summary, its warnings, and the facts about it that the file records."""
