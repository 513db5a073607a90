"""The schemas, which travel inside the wheel as ``fieldkeep.schema``."""
