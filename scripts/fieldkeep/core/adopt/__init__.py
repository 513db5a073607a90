"""Edits made in the application, written to the field files."""
