"""Sources of labels: configuration files, running servers, catalogues."""
