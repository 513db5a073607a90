"""Keeps what people say about Prometheus target labels in git, and applies it."""

__version__ = "0.1.0"
