"""What each command does, step by step: reads and writes at the edges, decisions by core."""
