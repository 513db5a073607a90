"""YAML as GitHub reads it: the scalars of YAML 1.2, so that `on:` is no boolean."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from tests.actions.unknown import Unknown
from tests.actions.values import Value


class _Loader(yaml.SafeLoader):
    """PyYAML's loader with the core schema of YAML 1.2, refusing a key said twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise Unknown(f"key {key!r} twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(str(loader.construct_scalar(node)), 10)


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    for _letter in [*_first, *([""] if _tag == "null" else [])]:
        _resolvers = _Loader.yaml_implicit_resolvers.setdefault(_letter, [])
        _resolvers.append((f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z")))
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)


def read(path: Path) -> Value:
    """The one document of a file."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.YAMLError as e:
        raise Unknown(f"no YAML: {e}") from e
