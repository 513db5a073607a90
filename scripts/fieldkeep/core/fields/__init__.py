"""The field files: loaded, and validated."""
