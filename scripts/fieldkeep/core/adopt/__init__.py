"""Live edits as lines of the field files."""
