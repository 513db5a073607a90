"""The document that consumers read."""
