"""Checks that end a run before a faulty connector or a shrunken result does harm."""
