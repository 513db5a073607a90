"""A result -> text. Nothing in here decides, reads or prints."""
