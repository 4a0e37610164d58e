"""Commands that write files: exports, conversions, expansions, reviews."""
