"""A saved plan, and what it depends on."""
