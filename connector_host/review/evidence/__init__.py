"""Evidence of an access review: one ZIP file with everything that an auditor checks, and the check of such a file."""
