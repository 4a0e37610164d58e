"""Workbooks of an access review: written for reviewers, and read when they return."""
