"""A pinned plan: exactly the inputs that changed are named, and plan files are read strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep import __version__
from fieldkeep.core.bound import planfile
from fieldkeep.core.bound.inputs import KeyDigest, LocalInputs, PlanInputs, plan_inputs
from fieldkeep.core.bound.pin import Changed, PlanPin, changes
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.core.plan.guards import Allowed, flags
from fieldkeep.core.plan.plan import Plan
from fieldkeep.core.stored.keys import Keys
from fieldkeep.errors import Contended, InputError
from fieldkeep.model import MAX_INPUT_BYTES, Extracted, Json, Reading, Source, Writer
from tests.core.build import (
    EVERYTHING,
    KEYS,
    US,
    a_document,
    a_field,
    a_file,
    desired_state,
    evaluated,
    label,
    pool,
    present,
    read,
    rule,
    snapshot,
    unread,
)

TEXT = st.text(max_size=8) | st.sampled_from(["\x00", "\ud800", "::error::", '"', "a" * 40])
DIGEST = st.none() | st.sampled_from([f"sha256:{digit * 64}" for digit in "012"])
KEY = st.sampled_from([KEYS.document, "another/key"])
INPUTS = KEY.flatmap(
    lambda key: st.builds(
        PlanInputs,
        environment=st.none() | TEXT,
        store=TEXT,
        key=st.just(key),
        owner=st.none() | TEXT,
        commit=TEXT,
        dirty=st.booleans(),
        fields=TEXT,
        schema=TEXT,
        settings=TEXT,
        sources=st.dictionaries(TEXT, DIGEST, max_size=3).map(lambda found: tuple(found.items())),
        live=st.fixed_dictionaries(
            {name: st.builds(KeyDigest, st.integers(0, 9), DIGEST) for name in Keys(key).all}
        ),
        recreated=st.booleans(),
        guards=st.lists(TEXT, max_size=2).map(tuple),
        flags=st.lists(TEXT, max_size=2).map(tuple),
        tool_version=TEXT,
        digest=TEXT,
    )
)

# --------------------------------------------------------------------------- what moved


@given(INPUTS)
def test_nothing_moved_where_nothing_differs(found: PlanInputs) -> None:
    assert changes(found, found) == ()
    elsewhere = {key: replace(value, index=value.index + 5) for key, value in found.live.items()}
    assert changes(found, replace(found, live=elsewhere)) == ()


@given(INPUTS, INPUTS, st.sampled_from([field.name for field in fields(PlanInputs)]))
def test_only_the_input_that_differs_is_named(
    one: PlanInputs, other: PlanInputs, name: str
) -> None:
    if name == "key":  # the names of the live keys follow from it
        now = replace(one, key=other.key, live=other.live)
        expected = {"key"} if one.key != other.key else {"live"}
    else:
        value = getattr(other, name)
        if name == "live":
            value = dict(zip(one.live, value.values(), strict=True))
        now = replace(one, **{name: value})
        expected = {name, "extraction"} if name == "sources" else {name}
    named = {entry.name for entry in changes(one, now)}
    assert named <= expected
    assert bool(named) == (_without_indexes(one) != _without_indexes(now))


def _without_indexes(found: PlanInputs) -> PlanInputs:
    return replace(
        found, live={key: KeyDigest(0, value.content) for key, value in found.live.items()}
    )


FILES = (Source("fields/a.yaml", b"name: a\n"), Source("fields/b.yaml", b"name: b\n"))
SCHEMAS = (Source("schema/field.schema.json", b"{}"), Source("schema/document.schema.json", b"[]"))
LOCAL = LocalInputs("production", "consul://here", FILES, SCHEMAS)
READINGS = (read("north", "a"), read("south", "b"))
LIVE = a_document(a_field("a"), a_field("b"))


def inputs_here(
    local: LocalInputs = LOCAL,
    readings: tuple[Reading, ...] = READINGS,
    writer: Writer = US,
    allowed: Allowed | None = None,
    prune: bool = False,
    live: Json = LIVE,
    **names: Json,
) -> PlanInputs:
    desired = desired_state([a_file("a", **names), a_file("b")], readings)
    request = PlanOptions(writer, allowed or Allowed(), prune)
    return plan_inputs(
        local, desired, request, evaluated(desired, snapshot(document=present(live, 7)), request)
    )


MOVES: tuple[tuple[Callable[[], PlanInputs], str], ...] = (
    (
        lambda: inputs_here(live=a_document(a_field("a", required=True), a_field("b"))),
        f"the document in the store changed since the plan (key {KEYS.document})",
    ),
    (
        lambda: inputs_here(readings=(READINGS[0], read("south", "b", "c"))),
        "source south attaches other labels",
    ),
    (
        lambda: inputs_here(readings=(READINGS[0], read("south", "b", external={"x": "y"}))),
        "source south attaches other labels",
    ),
    (
        lambda: inputs_here(
            readings=(
                READINGS[0],
                Extracted("south", {"site": "south"}, (pool(label("b", rule("__meta_z"))),)),
            )
        ),
        "source south attaches other labels",
    ),
    (
        lambda: inputs_here(readings=(READINGS[0], unread("south"))),
        "source south was read when planned, and cannot be read now",
    ),
    (
        lambda: inputs_here(readings=(*READINGS, read("west", "b"))),
        "source west is new",
    ),
    (lambda: inputs_here(readings=READINGS[:1]), "source south is no longer configured"),
    (lambda: inputs_here(readings=READINGS[::-1]), "the sources are in another order"),
    (
        lambda: inputs_here(writer=replace(US, commit="b" * 40)),
        f"commit: planned {'a' * 12}, here {'b' * 12}",
    ),
    (
        lambda: inputs_here(writer=replace(US, dirty=True)),
        "the plan was made from a clean working tree; this one has uncommitted changes",
    ),
    (
        lambda: inputs_here(writer=replace(US, owner=None)),
        "owner: planned git.example/team/fields, here none",
    ),
    (
        lambda: inputs_here(replace(LOCAL, files=FILES[:1])),
        "the field files are not those of the plan",
    ),
    (
        lambda: inputs_here(replace(LOCAL, files=(replace(FILES[0], path="c.yaml"), FILES[1]))),
        "the field files are not those of the plan",
    ),
    (
        lambda: inputs_here(replace(LOCAL, schemas=SCHEMAS[::-1])),
        "the schema is not that of the plan",
    ),
    (
        lambda: inputs_here(replace(LOCAL, environment="staging")),
        "environment: planned production, here staging",
    ),
    (
        lambda: inputs_here(replace(LOCAL, store="consul://there")),
        "store: planned consul://here, here consul://there",
    ),
    (
        lambda: inputs_here(allowed=Allowed(deletes=True, hold=True), prune=True),
        "flags: planned with none, here --allow-deletes --override-hold --prune",
    ),
    (
        lambda: replace(inputs_here(), tool_version="9.9"),
        f"fieldkeep {__version__} made the plan, this is 9.9",
    ),
    (
        lambda: replace(inputs_here(), guards=("hold",)),
        "guards that refuse: planned none, here hold",
    ),
    (
        lambda: replace(inputs_here(), settings="other"),
        "a setting differs (static_labels, exclude, unmanaged, machine_sources or history)",
    ),
    (
        lambda: inputs_here(required=True),  # read from files whose bytes are the same
        "what would be written is something else than planned",
    ),
)


@pytest.mark.parametrize(("now", "message"), MOVES, ids=[message for _, message in MOVES])
def test_what_moved_is_said_in_words(now: Callable[[], PlanInputs], message: str) -> None:
    assert [entry.message for entry in changes(inputs_here(), now())] == [message]


def test_a_plan_of_uncommitted_changes_is_not_applied_from_a_clean_tree() -> None:
    planned = inputs_here(writer=replace(US, dirty=True))
    (change,) = changes(planned, inputs_here())
    assert change == Changed(
        "dirty",
        "the plan was made from a working tree with uncommitted changes; this one is clean",
    )


def test_what_differs_from_one_reading_to_the_next_is_no_input() -> None:
    north, south = READINGS
    slower = (replace(north, duration_ms=900, warnings=("slow",)), south)
    assert changes(inputs_here(), inputs_here(readings=slower)) == ()
    unread_once = inputs_here(readings=(north, unread("south", "refused")))
    unread_again = inputs_here(readings=(north, unread("south", "timed out after 10 s")))
    assert changes(unread_once, unread_again) == ()


def test_the_order_of_files_and_the_folder_that_they_are_named_from_is_no_input() -> None:
    files = tuple(replace(file, path=f"../{file.path}") for file in reversed(FILES))
    assert inputs_here(replace(LOCAL, files=files)) == inputs_here()


@pytest.mark.parametrize(
    ("choice", "depth", "unmanaged"),
    [
        (LabelFilter(static_labels=True), 10, Unmanaged.SHOW),
        (LabelFilter(exclude=("tmp_*",)), 10, Unmanaged.SHOW),
        (LabelFilter(), 1, Unmanaged.SHOW),
        (LabelFilter(), 10, Unmanaged.IGNORE),
    ],
)
def test_settings_that_decide_what_is_written_are_inputs(
    choice: LabelFilter, depth: int, unmanaged: Unmanaged
) -> None:
    found = []
    for one, kept, setting in (
        (LabelFilter(), 10, Unmanaged.SHOW),
        (choice, depth, unmanaged),
    ):
        desired = desired_state([a_file("a")], READINGS, one, setting)
        request = PlanOptions(US, depth=kept)
        found.append(plan_inputs(LOCAL, desired, request, evaluated(desired, snapshot(), request)))
    assert [entry.name for entry in changes(*found)] == ["settings"]


def test_a_value_that_appears_or_goes_is_named() -> None:
    before, gone = inputs_here(), KeyDigest(0, None)
    without = replace(before, live={**before.live, KEYS.document: gone})
    (entry,) = changes(before, without)
    assert (
        entry.message == f"the document in the store is gone since the plan (key {KEYS.document})"
    )
    (entry,) = changes(without, before)
    assert "the document in the store is there since the plan" in entry.message


def test_a_document_that_was_created_anew_is_named() -> None:
    before = inputs_here()
    assert changes(before, replace(before, recreated=True)) == (
        Changed(
            "recreated",
            f"the document was deleted and created anew since the plan (key {KEYS.document})",
        ),
    )


def test_every_flag_has_the_name_that_is_typed() -> None:
    """Those of the two commands: see commands/allowed.py."""
    from fieldkeep.commands.sync import command

    typed = {option for one in command.params for option in one.opts}
    named = flags(EVERYTHING, prune=True)
    assert len(named) == len(fields(Allowed)) + 1
    assert set(named) <= typed


def test_a_binding_lists_all_that_moved_and_the_way_out() -> None:
    desired, request = desired_state([a_file("a")]), PlanOptions(US)
    found = evaluated(desired, snapshot(), request)
    planned = replace(plan_inputs(LOCAL, desired, request, found), commit="c" * 40, fields="other")
    with pytest.raises(Contended) as raised:
        PlanPin(planned, LOCAL, "out/plan.json").check(desired, request, found)
    assert str(raised.value) == (
        "this is not what was planned, nothing was written:"
        f" commit: planned {'c' * 12}, here {'a' * 12}; the field files are not those of the plan"
    )
    again = "plan again: fieldkeep plan --env production --out out/plan.json"
    assert raised.value.hint.endswith(again)


def test_without_a_commit_there_is_no_plan() -> None:
    with pytest.raises(InputError, match="no commit") as raised:
        inputs_here(writer=replace(US, commit=None))
    assert raised.value.hint


# --------------------------------------------------------------------------- the file

PLAN = Plan((), (), (), (), (), "sha256:1")


def parsed(content: bytes) -> PlanInputs:
    return planfile.parse(Source("plan.json", content))


def resealed(value: dict[str, Any]) -> bytes:
    return json.dumps(planfile.sealed({k: v for k, v in value.items() if k != "seal"})).encode()


@given(INPUTS)
def test_what_was_written_is_read(found: PlanInputs) -> None:
    content = planfile.encode(replace(PLAN, digest=found.digest), found)
    assert parsed(content) == found
    assert planfile.is_plan_file(content)


WHOLE = planfile.encode(replace(PLAN, digest=inputs_here().digest), inputs_here())


@given(st.integers(0, len(WHOLE) - 3))
def test_a_plan_that_was_cut_off_is_none(at: int) -> None:
    with pytest.raises(
        InputError, match=r"^plan\.json: not a plan that can be applied: "
    ) as raised:
        parsed(WHOLE[:at])
    assert str(raised.value).startswith("plan.json: ")
    assert raised.value.hint


@given(st.integers(0, len(WHOLE) - 1), st.sampled_from(b'0a", x}'))
def test_a_plan_that_was_edited_is_none_or_the_same(at: int, byte: int) -> None:
    edited = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    try:
        assert json.loads(edited) == json.loads(WHOLE)
    except (ValueError, AssertionError):
        with pytest.raises(InputError):
            parsed(edited)
    else:
        assert parsed(edited) == inputs_here()


@pytest.mark.parametrize("name", sorted(json.loads(WHOLE)["bound"]))
def test_a_plan_that_lacks_an_input_is_refused_even_with_a_seal(name: str) -> None:
    value = json.loads(WHOLE)
    assert parsed(resealed(value)) == inputs_here()
    wrong = {**value, "bound": {**value["bound"], name: 1.5}}
    with pytest.raises(InputError, match=rf"bound\.{name} is not"):
        parsed(resealed(wrong))
    del value["bound"][name]
    with pytest.raises(InputError, match=rf"bound\.{name} is missing"):
        parsed(resealed(value))


@pytest.mark.parametrize("key", KEYS.all)
def test_a_plan_that_lacks_a_key_of_the_store_is_refused(key: str) -> None:
    value = json.loads(WHOLE)
    del value["bound"]["live"][key]
    with pytest.raises(InputError, match=re.escape(f"bound.live.{key} is missing")):
        parsed(resealed(value))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"schema": 2}, "schema number"),
        ({"bound": None}, "bound is not an object"),
        ({"digest": 7}, "digest is not text"),
        ({"bound": {**json.loads(WHOLE)["bound"], "commit": None}}, "bound.commit is not text"),
        ({"bound": {**json.loads(WHOLE)["bound"], "flags": [1]}}, "flags.0. is not text"),
        ({"bound": {**json.loads(WHOLE)["bound"], "sources": [1]}}, "sources.0. is not an object"),
        ({"bound": {**json.loads(WHOLE)["bound"], "sources": []}}, "does not follow"),
    ],
)
def test_what_is_no_plan_of_ours_is_refused_even_with_a_seal(
    change: dict[str, Json], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        parsed(resealed({**json.loads(WHOLE), **change}))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b"[]", "not a fieldkeep plan file"),
        (b"{}", "not a fieldkeep plan file"),
        (json.dumps(PLAN.to_json()).encode(), "no seal"),
        (planfile.encode(PLAN, None), "not bound"),
        (WHOLE.replace(b'"dirty": false', b'"dirty": true'), "seal does not match"),
        (WHOLE.replace(b'"changes"', b'"digest": "", "changes"'), "twice"),
        (b" " * (MAX_INPUT_BYTES + 1), "larger than 32 MiB"),
        (b"[" * 200_000 + b"]" * 200_000, "nested too deep"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_reason(content: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parsed(content)


@pytest.mark.parametrize("content", [b"", b"name: company\n", b"{}", b"[1]", b'{"seal": 1}'])
def test_only_a_plan_is_written_over(content: bytes) -> None:
    assert not planfile.is_plan_file(content)
