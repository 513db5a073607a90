"""Who wins, attribute by attribute."""
