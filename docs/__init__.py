"""The pages, which travel inside the wheel as ``fieldkeep.docs``."""
