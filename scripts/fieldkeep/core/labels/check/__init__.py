"""Finds what stops Prometheus from starting with a configuration."""
