"""Relabelling: exact for known targets, and by possible values for discovered ones."""
