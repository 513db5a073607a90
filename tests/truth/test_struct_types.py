"""The table of types names the fields that the table of known fields names."""

from __future__ import annotations

import pytest

from fieldkeep.core.labels.check.configuration import fields_of
from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.relabel.engine import prometheus
from fieldkeep.core.labels.relabel.version import Version


@pytest.mark.parametrize("version", [Version(2, 24), Version(2, 42), Version(3, 5), Version(3, 14)])
def test_both_tables_name_the_same_fields(version: Version) -> None:
    engine = prometheus(version)
    sections = (known_fields.TOP, known_fields.GLOBAL, known_fields.JOB)
    discoveries = filter(known_fields.is_discovery, known_fields.known(known_fields.JOB, engine))
    for section in (*sections, *discoveries):
        assert set(fields_of(section, engine)) == set(known_fields.known(section, engine)), section
