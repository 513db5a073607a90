"""Checks configuration files that were read, with the files that they name."""

from __future__ import annotations

from pathlib import Path

from fieldkeep.core.labels.check.configuration import check_root
from fieldkeep.core.labels.check.rule_files import missing_rule_file, rule_files
from fieldkeep.edges.labels.configuration_files import ConfigurationFiles, ReadFile
from fieldkeep.model import Problem


def check_read_files(files: ConfigurationFiles) -> list[Problem]:
    """The findings in the configurations, about the rule files that they name, and in their target
    files. A file that was read several times is checked once."""
    problems: dict[Problem, None] = {}
    for file in files.configurations:
        for problem in check_root(file.root, files.engine, file.common):
            problems[problem] = None
        for problem in _rule_files(files, file):
            problems[problem] = None
    return [*problems, *files.broken]


def _rule_files(files: ConfigurationFiles, file: ReadFile) -> list[Problem]:
    """A finding for each rule file that is not there. An absolute one may be on the server only."""
    if file.common is not None or file.is_value:
        return []
    return [
        missing_rule_file(where)
        for pattern, where in rule_files(file.root)
        if not Path(pattern).is_absolute() and not files.tree.find(file.path.parent, pattern)
    ]
