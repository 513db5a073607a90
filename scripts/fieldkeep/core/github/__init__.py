"""What crosses the jobs of a workflow, and what is said on GitHub."""
