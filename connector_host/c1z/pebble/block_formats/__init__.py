"""The formats of the blocks of tables: rows and columns."""
