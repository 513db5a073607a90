"""Target groups: targets that share labels, as static_configs and file_sd files hold them.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#static_config and
#file_sd_config; Prometheus' discovery/targetgroup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.decode import (
    fields,
    items,
    null,
    pairs,
    refuse_name,
    text_map,
    texts,
)
from fieldkeep.core.labels.config.goyaml import Node, parse, refusal
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine
from fieldkeep.model import Json, Place, Source

_VARIABLE: Final = re.compile(rb"%\{[a-zA-Z_][a-zA-Z0-9_.-]*\}")


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """The addresses of some targets, and the labels of each of them."""

    targets: tuple[str, ...]
    labels: Mapping[str, str]


def read_target_file(
    source: Source,
    engine: Engine = DEFAULT_ENGINE,
    parse: Callable[[Source], Node | None] = parse,
) -> tuple[TargetGroup, ...]:
    """The target groups of a file_sd file: JSON if its name ends in .json, else YAML.

    Raises:
        InputError: the engine would refuse the file.
    """
    if source.path.lower().endswith(".json") and not engine.drops_broken_files:
        return _json_groups(source, engine)
    refuse_variables(source, engine)
    nodes = sections(parse(source), "a file_sd file", engine)
    return tuple(target_group(node, engine) for node in nodes)


def refuse_variables(source: Source, engine: Engine) -> None:
    """Raise InputError for a ``%{NAME}``, if the engine refuses one that its environment lacks."""
    match = _VARIABLE.search(source.content) if engine.refuses_variables else None
    if match is not None:
        line = source.content[: match.start()].count(b"\n") + 1
        hint = f"from 1.124 on, {engine.name} keeps such a text if the variable is not set"
        raise refusal(Place(source.path, line), "%{NAME} needs a variable of the server", hint)


def target_group(node: Node, engine: Engine) -> TargetGroup:
    """One target group of a YAML file. Raises InputError."""
    values = fields(node, known_fields.GROUP, engine)
    targets = texts(values.get("targets"), "targets")
    return TargetGroup(targets, labels(values.get("labels"), engine))


def labels(node: Node | None, engine: Engine = DEFAULT_ENGINE) -> Mapping[str, str]:
    """Labels by name, in the file's order. Raises InputError for what is not a label name."""
    for _, key, _ in pairs(node, "labels section"):
        refuse_name(key, engine)
    return text_map(node, "labels section")


def sections(node: Node | None, kind: str, engine: Engine) -> tuple[Node, ...]:
    """The items of a sequence. Raises InputError for an empty one, if the engine refuses it."""
    nodes = items(node, kind)
    if engine.null_is_default:
        return nodes
    for section in nodes:
        if null(section):
            raise refusal(
                section.where, f"an empty section in {kind}", "write it, or remove the dash"
            )
    return nodes


def _json_groups(source: Source, engine: Engine) -> tuple[TargetGroup, ...]:
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
    return tuple(_json_group(group, where, engine) for group in value or ())


def _json_group(value: Json, where: Place, engine: Engine) -> TargetGroup:
    """As Go decodes it: names in any case, null is empty, and every value is a text."""
    if isinstance(value, dict):
        values = {name.lower(): part for name, part in value.items()}
        targets, named = values.get("targets") or [], values.get("labels") or {}
        well_formed = isinstance(targets, list) and isinstance(named, dict)
        well_formed = well_formed and all(map(engine.is_label_name, named))
        if well_formed and not values.keys() - known_fields.known(known_fields.GROUP, engine):
            texts_of_group = [*targets, *named.values()]
            if all(isinstance(text, str | None) for text in texts_of_group):
                return TargetGroup(
                    tuple(target or "" for target in targets),
                    {name: text or "" for name, text in named.items()},
                )
    raise refusal(where, "not a target group", 'write {"targets": [...], "labels": {...}} of texts')
