"""Helpers that every package of core may use."""
