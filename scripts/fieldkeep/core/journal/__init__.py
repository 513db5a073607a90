"""Which writes make up an apply, and in which order."""
