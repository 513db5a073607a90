"""The writes of an apply, in order."""
