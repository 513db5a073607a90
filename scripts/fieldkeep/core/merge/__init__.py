"""The merge of git, the base, live, the backup and Prometheus."""
