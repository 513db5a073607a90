"""Standing guard over a document: what a watcher does next, and what it can say of itself."""
