"""Every word that the output may say has an entry in the glossary, and no other word has one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fieldkeep.__main__ import BUG, INTERRUPTED
from fieldkeep.core.doctor import Level
from fieldkeep.core.github.statusdata import UNAPPLIED
from fieldkeep.core.labels.check import configuration
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.merge.outcome import Drift, ValueOrigin
from fieldkeep.core.plan import findings, guards
from fieldkeep.core.stored.backups import LIVE_EDIT
from fieldkeep.errors import FieldkeepError
from fieldkeep.model import Certainty, Severity
from fieldkeep.operations.watch import REASON as WATCH
from fieldkeep.render import glossary

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "scripts" / "fieldkeep"
GLOSSARY = glossary.entries((ROOT / "docs" / "glossary.md").read_text("utf-8"))
CHECK = re.compile(r"\"((?:yaml|file|rule|schema|relabel|prometheus)/[a-zA-Z-]+)\"")
# Made of a keyword of the schema, or of the name of what is null.
MADE = {"relabel/null-regex", "relabel/null-replacement", glossary.OF_A_SCHEMA}
MADE |= {f"schema/{word}" for word in ("type", "null", "required", "pattern", "oneOf", "anyOf")}


def reported_checks() -> set[str]:
    texts = (m.read_text("utf-8") for m in PACKAGE.rglob("*.py"))
    return {found for text in texts for found in CHECK.findall(text)} | {configuration.CHECK}


def verify_checks() -> set[str]:
    text = (PACKAGE / "core/stored/verify.py").read_text("utf-8")
    return set(re.findall(r'Finding\(\s*"(\w+)"', text))


def doctor_checks() -> set[str]:
    modules = (PACKAGE / "operations/doctor.py", PACKAGE / "core/doctor.py")
    text = "".join(module.read_text("utf-8") for module in modules)
    call = r'\b(?:ok|warning|failed|Line|doctor\.size|_caught)\(\s*"(\w+)"'
    return set(re.findall(call, text))


def impact_kinds() -> set[str]:
    return {
        text
        for name, text in vars(findings).items()
        if re.fullmatch("[A-Z_]+", name) and isinstance(text, str)
    }


def exit_codes() -> set[int]:
    return {error.exit_code for error in FieldkeepError.__subclasses__()}


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (["Drift that waits for a sync"], {d for d in Drift if d.pending} | {UNAPPLIED}),
        (["Drift for information"], {drift for drift in Drift if not drift.pending}),
        (["Guards"], set(guards.NAMES)),
        (["What a change does to others"], impact_kinds()),
        (["Findings of validate", "Findings of validate --prometheus"], reported_checks() | MADE),
        (["Findings of history verify"], verify_checks()),
        (["Checks of doctor"], doctor_checks()),
        (["Reasons of a backup"], {"sync", LIVE_EDIT, WATCH}),
        (["Where a value comes from"], set(ValueOrigin)),
        (["Labels"], set(Certainty)),
        (["Severities"], {*Severity, *Level}),
        (["Exit codes"], {str(code) for code in (0, 2, BUG, INTERRUPTED, *exit_codes())}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_word_of_the_output_is_explained(groups: list[str], words: set[str]) -> None:
    """And no other: each word that the code can say has an entry."""
    assert {entry.word for entry in GLOSSARY if entry.group in groups} == words


def test_an_entry_is_short_and_says_what_to_do() -> None:
    for entry in GLOSSARY:
        assert "\n\nExample: " in entry.text, entry.word
        assert "\n\nWhat to do: " in entry.text, entry.word
        shown = [line for line in glossary.explained([entry]).splitlines()[1:] if line.strip()]
        assert 3 <= len(shown) <= 8, entry.word


def test_a_word_is_found_however_it_is_typed() -> None:
    for typed in ("git-ahead", "Git ahead", "git_ahead"):
        assert [entry.word for entry in glossary.find(typed, GLOSSARY)] == ["git-ahead"]
    assert [entry.word for entry in glossary.find("schema/multipleOf", GLOSSARY)] == ["schema/..."]
    assert glossary.find("zzz", GLOSSARY) == ()


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        *((typed, "missing") for typed in ("erased", "no document", "no-document", "absent")),
        *((typed, "overruled") for typed in ("overruled", "lost", "lost edit", "Lost-Edit")),
        *((typed, "unmanaged") for typed in ("no file", "only-live", "without a file")),
        ("undo", "restore"),
        ("digest", "digest"),
        ("in-sync", "in sync"),
    ],
)
def test_what_people_type_and_what_the_output_says_leads_to_an_entry(typed: str, word: str) -> None:
    assert [entry.word for entry in glossary.find(typed, GLOSSARY)] == [word]


def test_another_word_for_an_entry_belongs_to_no_other() -> None:
    others = [other for entry in GLOSSARY for other in entry.also]
    assert len(others) == len(set(others))
    assert {entry.word for entry in GLOSSARY}.isdisjoint(others)


def test_unmanaged_names_the_values_of_its_setting() -> None:
    (entry,) = glossary.find("unmanaged", GLOSSARY)
    assert all(f"`{value}`" in entry.text for value in Unmanaged)


def test_a_word_of_two_groups_has_both_entries_and_two_anchors() -> None:
    guard, finding = (
        entry for entry in glossary.find("record", GLOSSARY) if entry.group != "Words"
    )
    assert (guard.group, finding.group) == ("Guards", "Findings of history verify")
    assert (guard.anchor, finding.anchor) == ("record-1", "record-2")


def test_a_narrow_terminal_gets_short_lines() -> None:
    everything = [*GLOSSARY, *glossary.attributes()]
    for text in (glossary.explained(everything, 60), glossary.listed(everything, 60)):
        assert all(len(line) <= 60 for line in text.splitlines())


def test_each_attribute_of_a_field_file_is_explained() -> None:
    (pages,) = glossary.find("pages", tuple(glossary.attributes()))
    assert "show_in_*" in pages.text
