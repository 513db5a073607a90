"""What the catalogue shows: each field as it is live, in git and after a sync, and its history."""
