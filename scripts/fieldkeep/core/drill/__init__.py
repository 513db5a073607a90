"""What a rehearsed recovery brought back, and what it did not."""
