"""Local web pages over a c1z file: what `connector-host explore` serves.

`book` is what is open, `desk` the one thread that asks it; the catalogue of a sync is filled in steps, and so are
its changes (`loading`, `turns`).
`pages` turn a question into a `sheet` (data, no HTML), `shown` and `graph.svg` make it HTML, CSV, JSON or SVG;
`guard` and `site` are the web application, `server` runs it.
"""
