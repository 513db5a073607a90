"""GitHub's API and the log of its runner."""
