"""Local web pages over a c1z file, served by `connector-host explore`.

`open_files` holds the open files and syncs, `file_thread` the one thread that reads them. The index of a sync is filled
in steps between requests, and so are its changes (`change_loading`, `cooperative_work`). Each function in `pages` turns
a `PageQuery` into `PageContent` (data, no HTML); `rendering` and `graph.neighbourhood_svg` make HTML, CSV, JSON or
SVG of it. `request_guard` and `web_app` are the web application, `server` runs it.
"""
