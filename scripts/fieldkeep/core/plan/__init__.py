"""What an apply would change, and which guards refuse it."""
