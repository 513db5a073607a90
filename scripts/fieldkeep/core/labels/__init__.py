"""The labels of targets, derived from Prometheus configurations."""
