"""Which labels targets carry, read from Prometheus configurations."""
