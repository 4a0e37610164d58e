"""The border between the model and the bytes in files: the only place that knows protobuf.

`encode` and `grants` write (they need no protobuf library), `decode` and `render` read. Import the module that is
needed: importing the package itself loads nothing.
"""
