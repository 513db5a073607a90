"""Thin: git, files, Prometheus and the stores. Library errors become ours here."""
