"""Where a scrape job's targets come from: spelt out, in files, or known to the server only.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#static_config and
#file_sd_config; Prometheus' discovery/targetgroup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.consul_sd import ConsulQuery, consul_query
from fieldkeep.core.labels.config.decode import (
    fields,
    items,
    null,
    pairs,
    refuse_name,
    text,
    text_map,
    texts,
)
from fieldkeep.core.labels.config.goyaml import Node, parse, refusal
from fieldkeep.core.labels.relabel.version import NEWEST, Version
from fieldkeep.model import Json, Place, Source

_FILE_PATTERN: Final = re.compile(r"[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)")


@dataclass(frozen=True, slots=True)
class Group:
    """Targets that share labels: a static_config, or an entry of a file_sd file."""

    targets: tuple[str, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """Targets that the configuration, or a file that it names, spells out."""

    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """A file_sd_config. The patterns are relative to the file that holds it; whoever can read
    files replaces it by what they hold.
    """

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A discovery that only the server sees: ``kind`` is ``consul`` for consul_sd_configs."""

    kind: str
    query: ConsulQuery | None = None


Discovery = Known | Files | Unseen


def discoveries(given: Mapping[str, Node], version: Version = NEWEST) -> Iterator[Discovery]:
    """The discoveries of a job, static ones first. Raises InputError where Prometheus refuses."""
    if static := _sections(given.get("static_configs"), "static_configs"):
        yield Known(tuple(_group(node, version) for node in static))
    for name in sorted(name for name in given if known_fields.is_discovery(name, version)):
        kind = known_fields.discovery_kind(name)
        for node in _sections(given[name], name):
            yield _files(node) if kind == "file" else Unseen(kind, _query(kind, node))


def read_groups(source: Source, version: Version = NEWEST) -> tuple[Group, ...]:
    """The target groups in a file_sd file: JSON if its name says so, else YAML.

    Raises:
        InputError: Prometheus would not take the file, and keep what it had before.
    """
    if source.path.lower().endswith(".json"):
        return _json_groups(source, version)
    sections = _sections(parse(source), "a file_sd file")
    return tuple(_group(node, version) for node in sections)


def _sections(node: Node | None, kind: str) -> tuple[Node, ...]:
    found = items(node, kind)
    for section in found:
        if null(section):
            raise refusal(
                section.where, f"an empty section in {kind}", "write it, or remove the dash"
            )
    return found


def _group(node: Node, version: Version) -> Group:
    given = fields(node, "target group", known_fields.GROUP)
    return Group(texts(given.get("targets"), "targets"), labels(given.get("labels"), version))


def labels(node: Node | None, version: Version = NEWEST) -> Mapping[str, str]:
    """Labels by name, in the file's order."""
    for _, key, _ in pairs(node, "labels section"):
        refuse_name(key, version)
    return text_map(node, "labels section")


def _query(kind: str, node: Node) -> ConsulQuery | None:
    return consul_query(node) if kind == "consul" else None


def _files(node: Node) -> Files:
    given = fields(node, "file_sd config", known_fields.FILE_SD)
    patterns = items(given.get("files"), "files")
    if not patterns:
        raise refusal(node.where, "a file_sd config without files", "name at least one file")
    for pattern in patterns:
        if not _FILE_PATTERN.fullmatch(text(pattern)):
            hint = "end it in .json, .yml or .yaml, with a * in its last part only"
            raise refusal(pattern.where, "not a path for file discovery", hint)
    return Files(tuple(text(pattern) for pattern in patterns))


def _json_groups(source: Source, version: Version) -> tuple[Group, ...]:
    where = Place(source.path)
    try:
        value = json.loads(source.content)
    except json.JSONDecodeError as error:
        place = Place(source.path, error.lineno, error.colno)
        raise refusal(place, f"not JSON ({error.msg})", "correct the file") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise refusal(where, "not JSON", "correct the file") from error
    if not isinstance(value, list | None):
        raise refusal(
            where, "not a list of target groups", 'write [{"targets": [...], "labels": {...}}]'
        )
    return tuple(_json_group(group, where, version) for group in value or ())


def _json_group(value: Json, where: Place, version: Version) -> Group:
    """Go's decoder: names in any case, null for an empty value, texts only."""
    if isinstance(value, dict):
        given = {name.lower(): part for name, part in value.items()}
        targets, named = given.get("targets") or [], given.get("labels") or {}
        texts_only = isinstance(targets, list) and isinstance(named, dict)
        texts_only = texts_only and all(map(version.admits, named))
        if texts_only and not given.keys() - set(known_fields.GROUP):
            values = [*targets, *named.values()]
            if all(isinstance(text, str | None) for text in values):
                return Group(
                    tuple(target or "" for target in targets),
                    {name: text or "" for name, text in named.items()},
                )
    raise refusal(where, "not a target group", 'write {"targets": [...], "labels": {...}} of texts')
