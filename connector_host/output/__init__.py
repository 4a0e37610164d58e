"""How answers are written: one module a format, and the answer itself (`answer`), which knows no format.

Other distributions can offer formats under the entry-point group `connector_host.outputs` (see `formats`).
"""
