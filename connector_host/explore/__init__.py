"""Local web pages over a c1z file: what `connector-host explore` serves.

`desk` owns the open files in one thread; `book` is what is open; `loading` makes the catalogue of a sync; `pages` turn
a question into a `sheet` (data, no HTML), `shown` turns a sheet into HTML, CSV, JSON or SVG; `guard` and `site` are the
web application, `server` runs it.
"""
