"""A connector to an application that does not exist: for a first look, for tests and for load."""
