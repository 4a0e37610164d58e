"""Output formats, one module each, and the document that they write, which knows no format.

Other distributions offer formats under the entry-point group `connector_host.outputs` (see `writers`).
"""
