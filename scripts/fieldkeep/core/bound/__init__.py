"""A saved plan, and the inputs that it is pinned to."""
