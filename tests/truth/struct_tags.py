"""The fields that each release of Prometheus knows, from the struct tags in its source.

    python -m tests.truth.struct_tags PROMETHEUS COMMON

reads the tags `v*.*.0` of two git directories (github.com/prometheus/prometheus and
github.com/prometheus/common, which has the HTTP clients), and writes `struct_tags.json`: for each
release, the fields that it has more, and less, than the release before it. Without arguments it
only writes the product's table, `prometheus_fields.py`, from that file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RAW = Path(__file__).with_name("struct_tags.json")
TABLE = ROOT / "scripts/fieldkeep/core/labels/config/prometheus_fields.py"
OLDEST = (2, 24)
CLIENT = "http_client"  # a section; in another one, as a field, it stands for all of its fields
# Section of a configuration -> the file and the struct that it is decoded into.
SECTIONS = {
    "top": ("config/config.go", "Config"),
    "global": ("config/config.go", "GlobalConfig"),
    "included": ("config/config.go", "ScrapeConfigs"),
    "job": ("config/config.go", "ScrapeConfig"),
    "rule": ("model/relabel/relabel.go", "Config"),
}
_OLD_FILES = {"model/relabel/relabel.go": "pkg/relabel/relabel.go"}
_COMMON = "github.com/prometheus/common/config."

Fields = dict[str, list[str]]  # section -> the fields, sorted

_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r'^\t(?:\w+ +)?(\S+) +`[^`]*\byaml:"([^"]*)"[^`]*`', re.MULTILINE)
_NAME = re.compile(r'^func \(.*?(\w+)\) Name\(\) string *\{\s*return "(\w+)"\s*\}', re.MULTILINE)
_ALIAS = re.compile(r"^type (\w+) = (\w+)$", re.MULTILINE)


@dataclass
class Source:
    """A repository at a tag."""

    folder: Path
    tag: str
    _texts: dict[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """A file's text; "" if there is no such file."""
        if path not in self._texts:
            self._texts[path] = _git(self.folder, "show", f"{self.tag}:{path}")
        return self._texts[path]

    @cached_property
    def files(self) -> list[str]:
        names = _git(self.folder, "ls-tree", "-r", "--name-only", self.tag).splitlines()
        return [n for n in names if n.endswith(".go") and not n.endswith("_test.go")]

    def package(self, folder: str) -> list[str]:
        """The texts of the files in a folder."""
        return [self.text(path) for path in self.files if path.rpartition("/")[0] == folder]

    def structs(self, path: str) -> dict[str, str]:
        return dict(_STRUCT.findall(self.text(path)))


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else ""


def releases(folder: Path, oldest: tuple[int, int] = OLDEST) -> list[tuple[int, int]]:
    tags = re.findall(r"^v(\d+)\.(\d+)\.0$", _git(folder, "tag"), re.MULTILINE)
    return sorted(pair for tag in tags if (pair := (int(tag[0]), int(tag[1]))) >= oldest)


def read(prometheus: Source, common: Source) -> Fields:
    """The fields of all sections of one release."""
    result: Fields = {}
    for section, (path, name) in SECTIONS.items():
        file = path if prometheus.text(path) else _OLD_FILES.get(path, path)
        result[section] = sorted(_fields(prometheus, file, name))
    for kind, path, name in discoveries(prometheus):
        result["job"].append(f"{kind}_sd_configs")
        result[f"{kind}_sd_configs"] = sorted(_fields(prometheus, path, name))
    result[CLIENT] = sorted(_client_fields(common, "HTTPClientConfig"))
    result["job"] = sorted({*result["job"], "static_configs"})
    return {section: names for section, names in sorted(result.items()) if names}


def discoveries(source: Source) -> Iterator[tuple[str, str, str]]:
    """Kind, file and struct of each discovery that is registered."""
    for path in source.files:
        if path.startswith("discovery/"):
            folder = path.rpartition("/")[0]
            aliases = dict(_ALIAS.findall(source.text(path)))
            for name, kind in _NAME.findall(source.text(path)):
                if any(f"RegisterConfig(&{name}{{}})" in t for t in source.package(folder)):
                    struct = aliases.get(name, name)
                    yield kind, _file_of(source, folder, struct), struct


def _file_of(source: Source, folder: str, name: str) -> str:
    """The file in a package that defines a struct."""
    paths = [path for path in source.files if path.rpartition("/")[0] == folder]
    return next((path for path in paths if name in source.structs(path)), paths[0])


def _fields(prometheus: Source, path: str, name: str) -> set[str]:
    """The fields of a struct, those of inlined structs included; CLIENT for those of a client."""
    body = prometheus.structs(path).get(name, "")
    names: set[str] = set()
    for kind, tag in _FIELD.findall(body):
        own, *options = tag.split(",")
        if "inline" in options and "HTTPClientConfig" in kind:
            names.add(CLIENT)
        elif "inline" in options:
            folder, inlined = path.rpartition("/")[0], kind.lstrip("*").rpartition(".")[2]
            names |= _fields(prometheus, _file_of(prometheus, folder, inlined), inlined)
        elif own not in ("", "-"):
            names.add(own)
    return names


def _client_fields(common: Source, name: str) -> set[str]:
    names: set[str] = set()
    for kind, tag in _FIELD.findall(common.structs("config/http_config.go").get(name, "")):
        own, *options = tag.split(",")
        if "inline" in options:
            names |= _client_fields(common, kind.lstrip("*"))
        elif own not in ("", "-"):
            names.add(own)
    return names


def common_tag(prometheus: Source, folder: Path) -> str:
    """The tag or commit of prometheus/common that a release is built with."""
    version = re.search(r"github.com/prometheus/common (v\S+)", prometheus.text("go.mod"))
    assert version, prometheus.tag
    commit = re.search(r"-([0-9a-f]{12})$", version[1])
    wanted = commit[1] if commit else version[1]
    assert _git(folder, "cat-file", "-t", wanted), f"{prometheus.tag}: no {wanted} in {folder}"
    return wanted


def changes(by_release: Mapping[str, Fields]) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Release -> section -> what is ``new`` and what is ``gone`` since the release before."""
    result: dict[str, dict[str, dict[str, list[str]]]] = {}
    before: Fields = {}
    for release, fields in by_release.items():
        result[release] = {}
        for section in sorted({*before, *fields}):
            old, new = set(before.get(section, ())), set(fields.get(section, ()))
            changed = {"new": sorted(new - old), "gone": sorted(old - new)}
            if old != new:
                result[release][section] = {key: names for key, names in changed.items() if names}
        before = fields
    return result


def table(
    raw: Mapping[str, Mapping[str, Mapping[str, list[str]]]],
    product: str = "Prometheus",
    script: str = "struct_tags",
) -> str:
    """The text of the product's table: section -> releases -> the fields that they know."""
    with_client = any(CLIENT in sections for sections in raw.values())
    spans: dict[str, dict[str, list[str]]] = {}
    for release, sections in raw.items():
        for section, changed in sections.items():
            of_section = spans.setdefault(section, {})
            for name in changed.get("new", ()):
                of_section.setdefault(name, []).append(release)
            for name in changed.get("gone", ()):
                of_section[name][-1] += f"-{release}"
    lines = [
        f'"""The fields that releases of {product} know, from the struct tags in their source.',
        "",
        f"Written by tests/truth/{script}.py.",
        "Section of a configuration -> releases -> fields: ``2.45-3.0`` is from 2.45 until 3.0,",
        "which does not know them any more"
        + ("; ``http_client`` as a field stands for the" if with_client else "."),
        *(["fields of that section."] if with_client else []),
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final",
        "",
        "FIELDS: Final[dict[str, dict[str, str]]] = {",
    ]
    for section, fields in sorted(spans.items()):
        lines.append(f'    "{section}": {{')
        groups: dict[str, list[str]] = {}
        for name, parts in sorted(fields.items()):
            for part in parts:
                groups.setdefault(part, []).append(name)
        for part, names in sorted(groups.items(), key=_by_number):
            text = textwrap.wrap(" ".join(names), 84, break_on_hyphens=False)
            if len(text) == 1 and len(text[0]) < 70:
                lines.append(f'        "{part}": "{text[0]}",')
            else:
                lines += [f'        "{part}": """', *(f"            {t}" for t in text)]
                lines.append('        """,')
        lines.append("    },")
    return "\n".join([*lines, "}", ""])


def _by_number(group: tuple[str, list[str]]) -> tuple[list[int], str]:
    return list(map(int, re.findall(r"\d+", group[0]))), group[0]


def main(arguments: list[str]) -> None:
    if arguments:
        prometheus, common = map(Path, arguments)
        by_release = {}
        for major, minor in releases(prometheus):
            source = Source(prometheus, f"v{major}.{minor}.0")
            by_release[f"{major}.{minor}"] = read(
                source, Source(common, common_tag(source, common))
            )
        RAW.write_text(json.dumps(changes(by_release), indent=1) + "\n", "utf-8")
    TABLE.write_text(table(json.loads(RAW.read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
