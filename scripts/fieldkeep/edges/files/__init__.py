"""git and the files of the working tree."""
