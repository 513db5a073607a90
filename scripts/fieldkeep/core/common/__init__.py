"""Small things that every package of core may use."""
