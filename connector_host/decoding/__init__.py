"""Decoders of texts from outside, which raise ValueError for every fault."""
