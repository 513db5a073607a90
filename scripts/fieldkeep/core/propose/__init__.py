"""Edits made in the application, on their way into a pull request."""
