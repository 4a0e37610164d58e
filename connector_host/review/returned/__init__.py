"""Returned decisions of an access review: rows of workbooks and of decision files, compared with the reviewed file."""
