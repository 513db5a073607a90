"""Whatever the document's key holds, it is one of four states; and changes come in three tiers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.document.document import (
    Document,
    Empty,
    Foreign,
    Missing,
    compare,
    decode,
    parse,
    status,
)
from fieldkeep.model import Absent
from tests.core.build import a_document, a_field, present
from tests.core.document.test_attributes import JSON


def document(*fields: Any, **top: Any) -> Document:
    found = parse(a_document(*fields, **top))
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize(
    ("content", "state"),
    [
        *[(content, Empty) for content in (b"", b" \n\t", b"null", b"{}", b'{"fields": []}')],
        *[(content, Empty) for content in (b'{"data": null, "meta": 1}', b'{"version": "2.0.0"}')],
        *[(content, Empty) for content in (b'{"data": {"fields": []}, "meta": {"by": "app"}}',)],
        *[
            (content, Foreign)
            for content in (
                b'{"empresa": {"title": "x"}}',
                b'{"version": "1.0", "metadata_fields": [{"name": "a"}]}',
                b'{"fields": [], "note": "x"}',
                b'{"data": {"fields": [], "note": "x"}, "meta": {}}',
                b'{"data": {"fields": []}, "meta": {}, "note": "x"}',
                b'{"data": {"fields": [{"name": "a"}]}}',
                b'{"data": {"data": {"fields": [{"name": "a"}]}, "meta": 1}, "meta": 1}',
                b'{"version": "2.0.0", "version": "1"}',
            )
        ],
        (b'\xef\xbb\xbf{"fields": [{"name": "a"}]}', Document),
        (b'{"data": {}, "meta": {}, "fields": [{"name": "a"}]}', Document),
        *[
            (content, Foreign)
            for content in (b"[]", b"7", b'"x"', b"true", b"{", b"\xff", b"[" * 9999)
        ],
        *[
            (content, Foreign)
            for content in (b'{"fields": {}}', b'{"fields": null}', b'{"fields": 1}')
        ],
        *[
            (content, Foreign)
            for content in (b'{"fields": [1, null]}', b'{"fields": [{"name": ""}]}')
        ],
        *[(content, Foreign) for content in (b'{"data": [], "meta": 1}', b"NaN", b'{"a": 1e999}')],
        (b'{"fields": [{"name": "a"}]}', Document),
        (b'{"data": {"fields": [{"name": "a"}]}, "meta": {}}', Document),
    ],
    ids=lambda value: str(value)[:40],
)
def test_four_states(content: bytes, state: type) -> None:
    assert type(decode(present(content))) is state


def test_an_absent_key_is_missing() -> None:
    assert decode(Absent()) == Missing()


@given(st.binary(max_size=60))
def test_any_bytes_are_one_of_the_states(content: bytes) -> None:
    assert isinstance(decode(present(content)), Document | Empty | Foreign)


LIKELY = st.recursive(
    JSON,
    lambda inner: (
        st.fixed_dictionaries(
            {
                "fields": st.lists(
                    inner | st.fixed_dictionaries({"name": st.sampled_from("ab") | inner})
                )
            },
            optional={"data": inner, "meta": inner, "extraction_status": inner, "version": inner},
        )
        | st.fixed_dictionaries({"data": inner, "meta": inner})
        | st.fixed_dictionaries(
            {"server_status": st.lists(st.fixed_dictionaries({"hostname": inner, "error": inner}))}
        )
    ),
    max_leaves=6,
)


@given(LIKELY)
def test_any_json_is_one_of_the_states_and_can_be_compared(value: Any) -> None:
    found = parse(value)
    assert isinstance(found, Document | Empty | Foreign)
    if isinstance(found, Document):
        assert found.fields
        assert not compare(found, found).substance
        assert isinstance(status(found), bytes)
        assert isinstance(dict(found.servers), dict)


def test_one_bad_entry_damages_that_entry_only() -> None:
    found = document(a_field("a"), 7, {"x": 1}, a_field("a", order=2), a_field("b"))
    assert sorted(found.fields) == ["a", "b"]
    assert found.fields["a"]["order"] == 999
    assert found.damaged == (
        "fields[1] has no name",
        "fields[2] has no name",
        "fields[3] is a second 'a'",
    )


def test_a_wrapper_is_taken_off_and_never_counts_as_a_change() -> None:
    plain = document(a_field("a"))
    wrapped = parse({"data": dict(plain.raw), "meta": {"by": "app"}})
    assert isinstance(wrapped, Document)
    assert wrapped.wrapped
    assert compare(plain, wrapped) == compare(plain, plain)


def test_what_reading_leaves_out_is_told() -> None:
    content = b'{"data": {"fields": [{"name": "a", "name": "a"}]}, "meta": 1, "note": "x"}'
    found = decode(present(content))
    assert isinstance(found, Document)
    assert found.damaged == ()
    assert found.unread == ("'note' is beside the wrapper's data", "an object says 'name' twice")


def test_a_document_is_as_deep_as_its_backups_can_hold() -> None:
    def nested(depth: int) -> bytes:
        return b'{"fields": [{"name": "a", "x": ' + b"[" * depth + b"]" * depth + b"}]}"

    assert isinstance(decode(present(nested(97))), Document)
    assert isinstance(decode(present(nested(98))), Foreign)


# --------------------------------------------------------------------------- tiers


def server(name: str, **said: Any) -> dict[str, Any]:
    return {
        "hostname": name,
        "success": True,
        "fields_count": 0,
        "files_count": 1,
        "error": None,
        "duration_ms": 4,
        "port": None,
        "external_labels": {},
        "fields": [],
        **said,
    }


def extraction(*servers: Any, **said: Any) -> dict[str, Any]:
    return {"extraction_status": {"total_servers": 2, "server_status": list(servers), **said}}


CLOCK = [
    ({"fields": [a_field("a", discovered_in=["north"])]}, {}),
    ({"last_updated": "2030-01-01T00:00:00.000Z"}, {}),
    ({"source": "app"}, {}),
    ({"total_fields": 99}, {}),
    (extraction(server("m"), extracted_at="a"), extraction(server("m"), extracted_at="b")),
    (extraction(server("m", duration_ms=1)), extraction(server("m", duration_ms=2))),
    (
        extraction(server("m", error="refused at 10:00")),
        extraction(server("m", error="refused at 10:05")),
    ),
    (extraction(server("m"), server("n")), extraction(server("n"), server("m"))),
]


@pytest.mark.parametrize(("left", "right"), CLOCK)
def test_the_clock_never_counts(left: dict[str, Any], right: dict[str, Any]) -> None:
    found = compare(document(a_field("a"), **left), document(a_field("a"), **right))
    assert (found.substance, found.status, found.fields) == (False, False, ())


STATUS = [
    (extraction(server("m")), extraction(server("m", success=False))),
    (extraction(server("m", error=None)), extraction(server("m", error="refused"))),
    (extraction(server("m")), extraction(server("m"), server("n"))),
    (extraction(server("m")), extraction(server("m", external_labels={"site": "a"}))),
    (extraction(server("m")), extraction(server("m", fields=[{"name": "x"}]))),
    (extraction(server("m")), extraction(server("m"), total_servers=3)),
]


@pytest.mark.parametrize(("left", "right"), STATUS)
def test_how_the_servers_answered_is_status_only(
    left: dict[str, Any], right: dict[str, Any]
) -> None:
    found = compare(document(a_field("a"), **left), document(a_field("a"), **right))
    assert (found.substance, found.status, found.fields) == (False, True, ())


@pytest.mark.parametrize(
    ("left", "right", "fields"),
    [
        ([a_field("a")], [a_field("a", order=1)], ("a",)),
        ([a_field("a")], [a_field("a", source_label="x")], ("a",)),
        ([a_field("a")], [a_field("a"), a_field("b")], ("b",)),
        ([a_field("a", required=True)], [a_field("a", required=1)], ("a",)),
        ([a_field("a", options=["x", "y"])], [a_field("a", options=["y", "x"])], ("a",)),
        ([a_field("a"), a_field("b")], [a_field("b"), a_field("a")], ()),
        ([a_field("a", category="x")], [a_field("a", category=["x"])], ()),
        ([a_field("a", order=10)], [a_field("a", order=10.0)], ()),
        ([a_field("a", x=[{"y": -0.0}])], [a_field("a", x=[{"y": 0}])], ()),
    ],
)
def test_customizations_and_structure_are_substance(
    left: list[Any], right: list[Any], fields: tuple[str, ...]
) -> None:
    found = compare(document(*left), document(*right))
    assert found.substance is bool(fields)
    assert found.fields == fields


def test_what_we_do_not_know_at_the_top_is_substance() -> None:
    assert document(a_field("a")).substance != document(a_field("a"), theme="dark").substance
    assert document(a_field("a")).substance != document(a_field("a"), version="1").substance
