"""The key/value stores, and the one place that writes to them."""
