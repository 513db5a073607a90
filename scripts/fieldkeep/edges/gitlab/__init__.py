"""GitLab's API, as far as a pipeline needs it."""
