"""How many random examples a test tries: fewer before a commit, many in the long form."""

from __future__ import annotations

import os

# `scripts/test --quick` sets 10, `scripts/test --faults` 600
EXAMPLES = int(os.environ.get("FIELDKEEP_EXAMPLES", "60"))
