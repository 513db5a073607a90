"""Random histories of git, application, Prometheus and accidents: what must hold after any."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from fieldkeep.core.document.attributes import STRUCTURE, as_list, from_file
from fieldkeep.core.document.document import Document
from fieldkeep.core.document.document import decode as decode_document
from fieldkeep.core.journal.journal import Scope
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Limits, Present, Reading
from tests.core.build import (
    BULK,
    KEYS,
    PAGES,
    World,
    a_document,
    a_field,
    a_file,
    adopted,
    read,
    shown,
    unread,
)
from tests.core.examples import EXAMPLES

PLENTY = Limits(1 << 30, 1 << 30)
NAMES = ("company", "site", "vendor", "rack", "old_thing")
FIELDS = st.sampled_from(NAMES)
KEY = st.sampled_from([KEYS.document, KEYS.backup, KEYS.history, KEYS.record])

# attribute of the file, attribute of the document, values
EDITS: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("display_name", "display_name", ("A", "B", "C")),
    ("category", "category", ("basic", "extra", ["basic", "asset"], ["basic"])),
    ("required", "required", (True, False)),
    ("order", "order", (1, 2, 999)),
    ("placeholder", "placeholder", ("", "type here")),
    ("options", "options", (["x"], ["x", "y"], [])),
    ("visibility", "show_in_table", (True, False)),
    ("validation", "validation", ("^a$", "^b$")),
)
EDIT = st.sampled_from(EDITS).flatmap(lambda e: st.tuples(st.just(e), st.sampled_from(e[2])))
DAMAGE = st.sampled_from(
    [b"", b"null", b"{", b"[]", b"\xff\xfe", b'"x"', b"{}", b'{"fields": {}}', b"[" * 2000, b"7"]
)


def in_file(attribute: str, value: Any) -> Any:
    return {"visibility": {"table": value}, "validation": {"regex": value}}.get(attribute, value)


def in_document(attribute: str, value: Any) -> Any:
    return {"regex": value} if attribute == "validation" else value


class Histories(RuleBasedStateMachine):
    """One world; every sync in it is checked, and none may end in an exception of Python's."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(depth=100)
        self.labels: dict[str, set[str]] = {"master": set(), "north": set()}
        self.down: set[str] = set()
        self.poked = False  # an application's writes since the last sync

    @initialize(
        names=st.sets(FIELDS), labels=st.sets(FIELDS), foreign=st.booleans(), more=st.booleans()
    )
    def begin(self, names: set[str], labels: set[str], foreign: bool, more: bool) -> None:
        self.world.files = {name: {"display_name": "A"} for name in sorted(names)}
        self.labels["master"] = labels | {"company"}
        self.labels["north"] = labels if more else set()
        if foreign:
            vendor = a_field("vendor", category="mine", history=BULK)
            self.world.store.put(
                KEYS.document, a_document(vendor, a_field("rack", icon="box"), notes=BULK)
            )

    # ------------------------------------------------------------------ what people do

    @rule(name=FIELDS, edit=EDIT)
    def write_a_line(self, name: str, edit: tuple[tuple[str, str, Any], Any]) -> None:
        (attribute, _, _), value = edit
        self.world.files.setdefault(name, {})[attribute] = in_file(attribute, value)

    @rule(name=FIELDS, edit=EDIT)
    def remove_a_line(self, name: str, edit: tuple[tuple[str, str, Any], Any]) -> None:
        self.world.files.get(name, {}).pop(edit[0][0], None)

    @rule(name=FIELDS)
    def remove_a_file(self, name: str) -> None:
        self.world.files.pop(name, None)

    @rule(name=FIELDS, edit=EDIT)
    def edit_in_the_application(self, name: str, edit: tuple[tuple[str, str, Any], Any]) -> None:
        (_, attribute, _), value = edit
        document = self.readable()
        if document is not None:
            for entry in document["fields"]:
                if isinstance(entry, dict) and entry.get("name") == name:
                    entry[attribute] = in_document(attribute, value)
            self.world.store.put(KEYS.document, document)

    @rule(name=FIELDS)
    def remove_in_the_application(self, name: str) -> None:
        document = self.readable()
        if document is not None:
            document["fields"] = [e for e in document["fields"] if e.get("name") != name]
            self.world.store.put(KEYS.document, document)

    @rule()
    def wrap_in_the_application(self) -> None:
        document = self.readable()
        if document is not None:
            self.world.store.put(KEYS.document, {"data": document, "meta": {"by": "app"}})

    @rule(setting=st.sampled_from(Unmanaged))
    def set_what_becomes_of_labels_without_a_file(self, setting: Unmanaged) -> None:
        self.world.unmanaged = setting

    # ------------------------------------------------------------------ accidents

    @rule(key=KEY)
    def wipe(self, key: str) -> None:
        self.world.store.delete(key)

    @rule(key=KEY, value=DAMAGE)
    def corrupt(self, key: str, value: bytes) -> None:
        self.world.store.put(key, value)

    @rule(index=st.integers(0, 3))
    def damage_an_entry_of_the_history(self, index: int) -> None:
        live = self.world.store.get(KEYS.history)
        try:
            entries = json.loads(live.value) if isinstance(live, Present) else []
        except (ValueError, RecursionError):
            return
        if isinstance(entries, list) and index < len(entries) and isinstance(entries[index], dict):
            entries[index]["checksum"] = "sha256:0"
            self.world.store.put(KEYS.history, entries)

    @rule()
    def recreate_with_defaults(self) -> None:
        self.world.store.delete(KEYS.document)
        names = sorted(self.labels["master"] | {"company"})
        self.world.store.put(KEYS.document, a_document(*map(a_field, names)))

    # ------------------------------------------------------------------ Prometheus

    @rule(source=st.sampled_from(["master", "north"]))
    def a_source_fails_or_returns(self, source: str) -> None:
        self.down ^= {source}

    @rule(source=st.sampled_from(["master", "north"]), name=FIELDS)
    def a_label_appears_or_vanishes(self, source: str, name: str) -> None:
        self.labels[source] ^= {name}

    # ------------------------------------------------------------------ what must hold

    @rule(prune=st.booleans())
    def sync(self, prune: bool) -> None:
        self.check_a_sync(prune=prune)

    @rule(name=FIELDS, edit=EDIT)
    def sync_after_an_edit(self, name: str, edit: tuple[tuple[str, str, Any], Any]) -> None:
        self.edit_in_the_application(name, edit)
        self.check_a_sync()

    @rule(name=FIELDS, edit=EDIT)
    def sync_after_a_commit(self, name: str, edit: tuple[tuple[str, str, Any], Any]) -> None:
        self.write_a_line(name, edit)
        self.check_a_sync()

    @rule(key=KEY)
    def sync_after_a_wipe(self, key: str) -> None:
        self.wipe(key)
        self.check_a_sync()

    @rule(steps=st.integers(1, 5))
    def a_sync_in_several_writes_is_interrupted(self, steps: int) -> None:
        self.world.readings = tuple(self.reading(source) for source in self.labels)
        self.world.prune = False
        if self.nothing_is_left():
            return
        evaluation = self.world.evaluate()
        self.world.limits = self.world.too_small(evaluation)
        self.world.write(evaluation, interrupted_after=steps)
        self.world.limits = PLENTY

    @rule(setting=st.sampled_from([Unmanaged.HIDE, Unmanaged.IGNORE]))
    def adopt_everything_and_sync(self, setting: Unmanaged) -> None:
        """What people see of the fields that were there stays, and no other field is shown but
        those that a file asks for."""
        world = self.world
        self.check_a_sync()
        self.edit_in_the_application("rack", (EDITS[-2], False))
        before = self.readable()
        if before is None or self.nothing_is_left():
            return
        world.unmanaged, world.readings = setting, ()
        world.files = adopted(world)
        self.check_a_sync()
        assert shown(world.document_value()) == shown(before)

    @rule(
        edits=st.lists(st.tuples(FIELDS, EDIT), max_size=3),
        accident=st.sampled_from(
            ["", "", "wrap", "remove", "wipe", "recreate", "lose the history"]
        ),
        prune=st.booleans(),
    )
    def an_attempt_is_lost(
        self,
        edits: list[tuple[str, tuple[tuple[str, str, Any], Any]]],
        accident: str,
        prune: bool,
    ) -> None:
        """What the next attempt merges of the last one's fields is what it merges of nothing."""
        world = self.world
        world.readings = tuple(self.reading(source) for source in self.labels)
        world.prune = prune and not self.down
        if self.nothing_is_left():
            return
        desired = world.desired_state()
        lost = world.evaluate(desired)
        for name, edit in edits:
            self.edit_in_the_application(name, edit)
        match accident:
            case "wrap":
                self.wrap_in_the_application()
            case "remove":
                self.remove_in_the_application("company")
            case "wipe":
                self.wipe(KEYS.document)
            case "recreate":
                self.recreate_with_defaults()
            case "lose the history":
                self.wipe(KEYS.history)
        again, anew = world.evaluate(desired, lost.merged.reusable), world.evaluate(desired)
        assert replace(again.merged, reusable=anew.merged.reusable) == anew.merged
        assert again.target.document.substance == anew.target.document.substance
        assert again.plan == anew.plan

    @rule()
    def sync_in_several_writes(self) -> None:
        self.check_a_sync(several=True)

    def check_a_sync(self, *, prune: bool = False, several: bool = False) -> None:
        world = self.world
        world.readings = tuple(self.reading(source) for source in self.labels)
        world.prune = prune and not self.down
        if self.nothing_is_left():
            return
        before = decode_document(world.store.get(KEYS.document))
        evaluation = world.evaluate()
        expected = self.edits_that_must_stay(evaluation)
        if several:
            world.limits = world.too_small(evaluation)
        journal = world.write(evaluation)
        world.limits = PLENTY
        live = {entry["name"]: entry for entry in world.document_value()["fields"]}
        if world.unmanaged is not Unmanaged.SHOW:
            self.nothing_new_is_shown(evaluation.stored)
        for name, attribute, value in expected:
            assert live[name][attribute] == value, (name, attribute)
        if journal.scope in (Scope.ALL, Scope.CAPTURE) and isinstance(before, Document):
            kept = [entry.document.substance for entry in world.look()[1].history.valid]
            assert before.substance in kept, "what was live is in no backup"
        self.everything_git_says_is_live()
        self.a_backup_holds_what_is_live()
        again = world.evaluate()
        assert again.scope is Scope.NOTHING, again.plan
        assert not again.plan.pending, again.plan
        assert not again.plan.changes

    def edits_that_must_stay(self, evaluation: Evaluation) -> list[tuple[str, str, Any]]:
        """What is live, where git is silent and never spoke, of fields that are not deleted."""
        stored = evaluation.stored
        if not isinstance(stored.document, Document) or stored.recreated:
            return []
        return [
            (name, attribute, value)
            for name, entry in stored.document.fields.items()
            if name not in evaluation.merged.deleted
            for attribute, value in entry.items()
            if attribute not in STRUCTURE
            and not any(
                unit.split(".")[0] == attribute
                for owned in (stored.base, evaluation.merged.owned)
                for unit in owned.get(name, {})
            )
        ]

    def nothing_new_is_shown(self, stored: StoreState) -> None:
        """No page and no view gains a field that has no file."""
        sides = [stored.effective, stored.previous_backup and stored.previous_backup.document]
        before = {pair for side in sides if side for pair in shown(side.raw)}
        after = {
            pair for pair in shown(self.world.document_value()) if pair[0] not in self.world.files
        }
        assert after <= before

    def nothing_is_left(self) -> bool:
        """Nothing in git and no label: then only live decides, and it may become empty."""
        return not self.world.files and not any(
            labels for source, labels in self.labels.items() if source not in self.down
        )

    def reading(self, source: str) -> Reading:
        return unread(source) if source in self.down else read(source, *sorted(self.labels[source]))

    def readable(self) -> dict[str, Any] | None:
        live = decode_document(self.world.store.get(KEYS.document))
        return json.loads(json.dumps(live.raw)) if isinstance(live, Document) else None

    def everything_git_says_is_live(self) -> None:
        live = {entry["name"]: entry for entry in self.world.document_value()["fields"]}
        for name, attributes in self.world.files.items():
            for unit, (value, _) in from_file(a_file(name, **attributes), PAGES).items():
                actual = (
                    live[name]["validation"][unit.removeprefix("validation.")]
                    if unit.startswith("validation.")
                    else live[name][unit]
                )
                if unit == "validation_regex" and actual is None:
                    continue  # adopted where only the other place has it
                same = as_list(actual) == as_list(value) if unit == "category" else actual == value
                assert same, (name, unit)

    def a_backup_holds_what_is_live(self) -> None:
        live = decode_document(self.world.store.get(KEYS.document))
        newest = self.world.look()[1].history.newest_of_ours
        assert isinstance(live, Document)
        assert newest is not None
        assert newest.document.substance == live.substance


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=2 * EXAMPLES // 3, stateful_step_count=25)
