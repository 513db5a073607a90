"""The keys of the store and their values, decoded."""
