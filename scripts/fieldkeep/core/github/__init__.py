"""Statuses that workflow jobs hand over, and our texts on GitHub."""
