"""The types of the fields that each release of Prometheus knows, from the structs in its source.

    python -m tests.truth.struct_types PROMETHEUS COMMON

reads the tags `v*.*.0` of two git directories, as struct_tags.py does, follows the structs from
`Config` down, and writes `core/labels/check/prometheus_types.py`.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tests.truth.struct_tags import ROOT, Source, common_tag, discoveries, releases

TABLE = ROOT / "scripts/fieldkeep/core/labels/check/prometheus_types.py"
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_ALIAS = re.compile(r"^type (\w+) =? ?(\S+)$", re.MULTILINE)
_FIELD = re.compile(r'^\t(?:\w+ +)?(\S+) +`[^`]*\byaml:"([^"]*)"[^`]*`', re.MULTILINE)
# Go type -> how a value is written; a type that is in none of these tables is `any`.
_TYPES = {
    "string": "text",
    "Secret": "text",
    "config.Secret": "text",
    "bool": "bool",
    "int": "int",
    "int64": "int",
    "uint": "uint",
    "uint64": "uint",
    "float64": "float",
    "model.Duration": "duration",
    "units.Base2Bytes": "bytes",
    "URL": "url",
    "config.URL": "url",
    "labels.Labels": "labels",
    "model.LabelSet": "labels",
    "map[string]string": "map",
    "url.Values": "lists",
    "model.ValidationScheme": "text",
    "TLSVersion": "tls_version",
    "[]string": "texts",
    "[]relabel.Config": "rules",
}
_ROOTS = {
    "top": ("config", "Config"),
    "global": ("config", "GlobalConfig"),
    "job": ("config", "ScrapeConfig"),
}
_SECTION_OF = {pair: section for section, pair in _ROOTS.items()} | {
    ("common", "HTTPClientConfig"): "http_client"
}


class Reader:
    """Reads the structs of one release. `sections` maps each to its fields with their types."""

    def __init__(self, prometheus: Source, common: Source) -> None:
        self.prometheus, self.common = prometheus, common
        self.sections: dict[str, dict[str, str]] = {}
        self._packages: dict[str, dict[str, str]] = {}
        self._aliases: dict[str, dict[str, str]] = {}
        for section, (package, name) in _ROOTS.items():
            self._read(section, package, name)
        for kind, path, name in discoveries(prometheus):
            section = f"{kind}_sd_configs"
            self.sections.setdefault("discoveries", {})[section] = "["
            self._read(section, path.rpartition("/")[0], name)
        for user in ("job", "AlertmanagerConfig"):
            self.sections[user]["discoveries"] = "inline"
        self.sections["discoveries"]["static_configs"] = "["

    def _package(self, name: str) -> tuple[dict[str, str], dict[str, str]]:
        """The structs of a package, and the types that have another type's name."""
        if name not in self._packages:
            source = self.common if name == "common" else self.prometheus
            texts = source.package("config" if name == "common" else name)
            self._packages[name] = {k: v for text in texts for k, v in _STRUCT.findall(text)}
            self._aliases[name] = {k: v for text in texts for k, v in _ALIAS.findall(text)}
        return self._packages[name], self._aliases[name]

    def _read(self, section: str, package: str, name: str) -> None:
        if section not in self.sections:
            self.sections[section] = {}
            self.sections[section] |= dict(self._fields(package, name))

    def _fields(self, package: str, name: str) -> Iterator[tuple[str, str]]:
        for kind, tag in _FIELD.findall(self._package(package)[0].get(name, "")):
            own, *options = tag.split(",")
            go_type = kind.replace("*", "")
            if "inline" in options and go_type.endswith("HTTPClientConfig"):
                self._read("http_client", "common", "HTTPClientConfig")
                yield "http_client", "inline"
            elif "inline" in options and not go_type.startswith("map"):
                yield from self._fields(*self._place(package, go_type))
            elif own not in ("", "-"):
                yield own, self._type(package, go_type)

    def _place(self, package: str, go_type: str) -> tuple[str, str]:
        qualifier, dot, name = go_type.rpartition(".")
        if not dot:
            return package, name
        folder = {"config": "common", "promconfig": "common"}.get(qualifier, "")
        return folder, name

    def _type(self, package: str, go_type: str) -> str:
        if go_type in _TYPES:
            return _TYPES[go_type]
        many = "[" if go_type.startswith("[]") else ""
        place, name = self._place(package, go_type.removeprefix("[]"))
        structs, aliases = self._package(place) if place else ({}, {})
        if name in structs and name != "Headers":
            section = _SECTION_OF.get((place, name)) or (
                name if place in ("config", "common") else f"{place.rpartition('/')[2]}.{name}"
            )
            self._read(section, place, name)
            return many + section
        if name in aliases:
            return self._type(place, many + aliases[name].replace("*", ""))
        return "any"


def spans(by_release: dict[str, dict[str, dict[str, str]]]) -> dict[str, dict[str, list[str]]]:
    """Section -> the releases that have them -> its fields with their types."""
    result: dict[str, dict[str, list[str]]] = {}
    before: dict[str, dict[str, str]] = {}
    since: dict[tuple[str, str, str], str] = {}
    for release, sections in [*by_release.items(), ("", {})]:
        for section in sorted({*before, *sections}):
            old = set(before.get(section, {}).items())
            new = set(sections.get(section, {}).items())
            for pair in old - new:
                first = since.pop((section, *pair))
                span = f"{first}-{release}" if release else first
                result.setdefault(section, {}).setdefault(span, []).append(":".join(pair))
            since |= {(section, *pair): release for pair in new - old}
        before = sections
    return result


def table(of_sections: dict[str, dict[str, list[str]]]) -> str:
    """The text of the product's table."""
    lines = [
        '"""The types of the fields that releases of Prometheus know, from the structs in their',
        "source.",
        "",
        "Written by tests/truth/struct_types.py. Section of a configuration -> releases -> field",
        "and type: ``2.45-3.0`` is from 2.45 until 3.0, which does not know them any more.",
        "``[job`` is a list of that section, ``[`` of the one named as the field;",
        "``http_client:inline`` stands for the fields of that section.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final",
        "",
        "TYPES: Final[dict[str, dict[str, str]]] = {",
    ]
    for section, of_releases in sorted(of_sections.items()):
        lines.append(f'    "{section}": {{')
        for span in sorted(of_releases, key=lambda s: list(map(int, re.findall(r"\d+", s)))):
            text = textwrap.wrap(" ".join(sorted(of_releases[span])), 84, break_on_hyphens=False)
            if len(text) == 1 and len(text[0]) < 70:
                lines.append(f'        "{span}": "{text[0]}",')
            else:
                lines += [f'        "{span}": """', *(f"            {t}" for t in text)]
                lines.append('        """,')
        lines.append("    },")
    return "\n".join([*lines, "}", ""])


def main(arguments: list[str]) -> None:
    prometheus, common = map(Path, arguments)
    by_release = {}
    for major, minor in releases(prometheus):
        source = Source(prometheus, f"v{major}.{minor}.0")
        reader = Reader(source, Source(common, common_tag(source, common)))
        by_release[f"{major}.{minor}"] = reader.sections
    TABLE.write_text(table(spans(by_release)), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
