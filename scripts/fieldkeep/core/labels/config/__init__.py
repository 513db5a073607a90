"""Prometheus configurations, read as Prometheus itself reads them."""
