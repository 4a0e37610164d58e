"""The review as one self-contained page: its data, its sections, its files."""
