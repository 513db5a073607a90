"""Field files changed in place: a value is replaced where it stands, every other line stays."""
