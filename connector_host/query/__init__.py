"""Queries over the rows of one sync or two: access and its explanation, differences, soundness.

They read `c1z.types.View` and return plain values or iterators; `output` and the commands decide how these look.
"""
