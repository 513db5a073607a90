"""The fields that each release of VictoriaMetrics knows, from the struct tags in its source.

    python -m tests.truth.struct_tags_victoriametrics VICTORIAMETRICS

reads the tags `v*.*.0` of a git directory (github.com/VictoriaMetrics/VictoriaMetrics), and writes
`struct_tags_victoriametrics.json`, as `struct_tags` does for Prometheus. Without an argument it
only writes the product's table, `victoriametrics_fields.py`, from that file.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tests.truth.struct_tags import ROOT, Fields, Source, changes, releases, table

RAW = Path(__file__).with_name("struct_tags_victoriametrics.json")
TABLE = ROOT / "scripts/fieldkeep/core/labels/config/victoriametrics_fields.py"
OLDEST = (1, 93)
CONFIG = "lib/promscrape/config.go"
SECTIONS = {
    "top": (CONFIG, "Config"),
    "global": (CONFIG, "GlobalConfig"),
    "job": (CONFIG, "ScrapeConfig"),
    "group": (CONFIG, "StaticConfig"),
    "file_sd_configs": (CONFIG, "FileSDConfig"),
    "rule": ("lib/promrelabel/config.go", "RelabelConfig"),
}
CLIENTS = "lib/promauth/config.go"
_FIELD = re.compile(r'^\t(?:\w+ +)?(\S+) +`yaml:"([^"]*)"`', re.MULTILINE)
_DISCOVERY = re.compile(r'^\t\w+ +\[\](\w+)\.SDConfig +`yaml:"(\w+)', re.MULTILINE)


def read(source: Source) -> Fields:
    """The fields of all sections of one release."""
    sections = dict(SECTIONS)
    for package, name in _DISCOVERY.findall(source.structs(CONFIG)["ScrapeConfig"]):
        folder = f"lib/promscrape/discovery/{package}"
        path = next(p for p in source.files if p.startswith(f"{folder}/") and _has(source, p))
        sections[name] = (path, "SDConfig")
    return {
        section: sorted(_fields(source, path, name))
        for section, (path, name) in sorted(sections.items())
    }


def _has(source: Source, path: str) -> bool:
    return "SDConfig" in source.structs(path)


def _fields(source: Source, path: str, name: str) -> set[str]:
    """The fields of a struct, those of the inlined HTTP clients included."""
    body = re.sub(r"^\t*//.*$", "", source.structs(path)[name], flags=re.MULTILINE)
    names: set[str] = set()
    for kind, tag in _FIELD.findall(body):
        own, *options = tag.split(",")
        if "inline" in options:
            names |= _fields(source, CLIENTS, kind.rpartition(".")[2])
        else:
            names.add(own)
    return names


def main(arguments: list[str]) -> None:
    if arguments:
        folder = Path(arguments[0])
        by_release = {
            f"{major}.{minor}": read(Source(folder, f"v{major}.{minor}.0"))
            for major, minor in releases(folder, OLDEST)
        }
        RAW.write_text(json.dumps(changes(by_release), indent=1) + "\n", "utf-8")
    raw = json.loads(RAW.read_text("utf-8"))
    TABLE.write_text(table(raw, "VictoriaMetrics", Path(__file__).stem), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
