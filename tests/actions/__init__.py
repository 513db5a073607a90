"""A small, exact runner for GitHub Actions workflow files, for tests on this machine alone."""
