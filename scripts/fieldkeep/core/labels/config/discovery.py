"""The discoveries of a scrape job: static targets, target files, and service discoveries.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#static_config and
#file_sd_config.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.consul_sd import ConsulQuery, consul_query
from fieldkeep.core.labels.config.decode import any_fields, fields, items, text
from fieldkeep.core.labels.config.goyaml import Node, Scalar, refusal
from fieldkeep.core.labels.config.target_groups import TargetGroup, sections, target_group
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine
from fieldkeep.core.labels.relabel.version import PROMETHEUS

_FILE_PATTERN: Final = re.compile(r"[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)")


@dataclass(frozen=True, slots=True)
class KnownTargets:
    """Targets that the configuration, a target file or a catalogue lists."""

    groups: tuple[TargetGroup, ...]


@dataclass(frozen=True, slots=True)
class TargetFiles:
    """A file_sd_config. The patterns are relative to the file that holds it. The reader of files
    replaces it by the targets in the files.
    """

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceDiscovery:
    """A discovery of which only the server knows the targets: ``kind`` is ``consul`` for
    consul_sd_configs, ``role`` what it looks for if there is a choice, and ``query`` what it asks
    Consul for.
    """

    kind: str
    query: ConsulQuery | None = None
    role: str = ""


Discovery = KnownTargets | TargetFiles | ServiceDiscovery


def discoveries(job: Mapping[str, Node], engine: Engine = DEFAULT_ENGINE) -> Iterator[Discovery]:
    """The discoveries in the fields of a job, static ones first. Raises InputError."""
    if static := sections(job.get("static_configs"), "static_configs", engine):
        yield KnownTargets(tuple(target_group(node, engine) for node in static))
    for name in sorted(name for name in job if known_fields.is_discovery(name)):
        kind = known_fields.discovery_kind(name)
        for node in sections(job[name], name, engine):
            fields(node, name, engine, any_field=engine.product == PROMETHEUS)
            match kind:
                case "file":
                    yield _target_files(node, engine)
                case "consul":
                    yield ServiceDiscovery(kind, consul_query(node))
                case _:
                    yield ServiceDiscovery(kind, role=_role(node))


def _role(node: Node) -> str:
    role = any_fields(node).get("role")
    return role.text if isinstance(role, Scalar) else ""


def _target_files(node: Node, engine: Engine) -> TargetFiles:
    values = fields(node, "file_sd_configs", engine)
    patterns = items(values.get("files"), "files")
    if engine.drops_broken_files:  # it takes any path
        return TargetFiles(tuple(text(pattern) for pattern in patterns))
    if not patterns:
        raise refusal(node.where, "a file_sd config without files", "name at least one file")
    for pattern in patterns:
        if not _FILE_PATTERN.fullmatch(text(pattern)):
            hint = "end it in .json, .yml or .yaml, with a * in its last part only"
            raise refusal(pattern.where, "not a path for file discovery", hint)
    return TargetFiles(tuple(text(pattern) for pattern in patterns))
