"""YAML as Prometheus reads it: trees of text, with the refusals of go-yaml."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.decode import fields, items, text, text_map, texts
from fieldkeep.core.labels.config.goyaml import MAX_DEPTH, Listing, Node, Scalar, Table, parse
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE
from fieldkeep.errors import InputError
from fieldkeep.model import Place, Source


def tree(content: str | bytes) -> Node | None:
    raw = content.encode() if isinstance(content, str) else content
    return parse(Source("p.yml", raw))


def refused(content: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        tree(content)
    return caught.value


def table(content: str) -> Table:
    root = tree(content)
    assert isinstance(root, Table)
    return root


def value(content: str) -> Node:
    return table(content).pairs[0][1]


@pytest.mark.parametrize(
    ("yaml", "meaning"),
    [
        ("yes", "yes"),
        ("0123", "0123"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2021-01-01", "2021-01-01"),
        ("1.10", "1.10"),
        ('"quoted"', "quoted"),
        ("'it''s'", "it's"),
        ("!custom abc", "abc"),
        ("!!str null", "null"),
        ("null", ""),
        ("~", ""),
        ("", ""),
        ("Null", ""),
        ("'null'", "null"),
        ("'~'", "~"),
        ("''", ""),
    ],
)
def test_a_scalar_is_its_text_and_null_is_nothing(yaml: str, meaning: str) -> None:
    assert text(value(f"a: {yaml}")) == meaning


@pytest.mark.parametrize(
    ("yaml", "null"),
    [
        ("", True),
        ("~", True),
        ("null", True),
        ("''", False),
        ("'null'", False),
        ("!!str ''", False),
    ],
)
def test_quotes_keep_a_scalar_from_being_null(yaml: str, null: bool) -> None:
    scalar = value(f"a: {yaml}")
    assert isinstance(scalar, Scalar)
    assert scalar.null is null


def test_block_scalars_fold_and_strip() -> None:
    assert text(value("a: |\n  x\n  y\n")) == "x\ny\n"
    assert text(value("a: >-\n  x\n  y\n")) == "x y"


def test_only_the_first_document_counts_even_before_a_broken_one() -> None:
    assert texts(value("a: [b]\n---\na: [\n"), "a") == ("b",)


@pytest.mark.parametrize("content", ["", "# only a comment\n", "\n\n"])
def test_an_empty_file_holds_no_document(content: str) -> None:
    assert tree(content) is None


def test_a_byte_order_mark_is_no_text() -> None:
    root = tree(b"\xef\xbb\xbfa: b")
    assert isinstance(root, Table)
    assert text(root.pairs[0][0]) == "a"


def test_nodes_know_their_place() -> None:
    root = table("a:\n  - b\n  -   c\n")
    listing = root.pairs[0][1]
    assert isinstance(listing, Listing)
    assert [item.where for item in listing.items] == [Place("p.yml", 2, 5), Place("p.yml", 3, 7)]


def test_an_alias_is_the_very_node_of_its_anchor() -> None:
    one, other = items(value("a: [&x {b: c}, *x]"), "a")
    assert one is other


def test_a_later_anchor_of_the_same_name_counts_from_there() -> None:
    assert texts(value("a: [&x b, *x, &x c, *x]"), "a") == ("b", "b", "c", "c")


@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        ("a:\n\tb: c\n", "p.yml:2:1", "line 2 is not YAML"),
        ("a: b\n{% if x %}\n", "p.yml:2:", "not a Prometheus configuration: line 2"),
        ("<html>\n<a href='x'>: [", "p.yml:2:", "not a Prometheus configuration: line 2"),
        (b"a: b\nb: \xff\n", "p.yml:2:1", "line 2 is not YAML"),
        (b"a: b\nb: \x01\n", "p.yml:2:1", "line 2 is not YAML"),
        ("a: *nowhere", "p.yml:1:4", "no anchor"),
        ("a: &x [b, *x]", "p.yml:1:11", "inside its own anchor"),
        ("%YAML 3.0\n---\na: b\n", "p.yml:1:1", "not YAML"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_place(
    content: str | bytes, place: str, says: str
) -> None:
    error = refused(content)
    assert str(error).startswith(place)
    assert says in str(error)
    assert error.hint
    assert [problem.where.line for problem in error.problems] == [int(place.split(":")[1])]


def test_the_depth_of_a_document_is_bounded_and_never_ends_the_process() -> None:
    assert "nested more than" in str(refused("[" * 60_000))
    assert tree("[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)) is not None


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 40)]
    assert "excessive aliasing" in str(refused("\n".join(lines)))


def test_two_thousand_jobs_may_share_twenty_rules() -> None:
    rule = "{source_labels: [__meta_consul_service_metadata_x], target_label: x}"
    shared = "&r [" + ", ".join([rule] * 20) + "]"
    jobs = [f"- {{job_name: j{n}, static_configs: [], relabel_configs: *r}}" for n in range(2000)]
    assert tree(f"a: {shared}\nb:\n" + "\n".join(jobs)) is not None


def test_a_merge_key_counts_where_it_stands() -> None:
    merged = items(
        value(
            "x: [&m {regex: 1, action: 2}, {<<: *m, regex: 3}, {regex: 3, <<: *m},"
            " {<<: [{regex: 5}, *m]}]"
        ),
        "x",
    )
    structs = [fields(root, known_fields.RULE, DEFAULT_ENGINE) for root in merged]
    read = [(text(struct["regex"]), text(struct["action"])) for struct in structs]
    assert read[1:] == [("3", "2"), ("1", "2"), ("5", "2")]


def test_a_quoted_merge_key_is_a_name() -> None:
    assert text_map(table('{"<<": a}'), "map") == {"<<": "a"}


def test_maps_that_are_merged_are_filled() -> None:
    struct = fields(
        table("{<<: {labels: {a: 1}}, labels: {b: 2}}"), known_fields.GROUP, DEFAULT_ENGINE
    )
    assert text_map(struct["labels"], "map") == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{regex: 1, regex: 2}", "regex is set twice"),
        ("{regex: 1, c: 2}", "unknown field c"),
        ("{<<: {c: 1}}", "unknown field c"),
        ("{<<: }", "<< must name a mapping"),
        ("{<<: [x]}", "<< must name a mapping"),
        ("{[a]: 1}", "a list as a key"),
        ("[a]", "a list where a relabel rule belongs"),
        ("text", "a text where a relabel rule belongs"),
    ],
)
def test_what_is_no_struct_is_refused(content: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        fields(tree(content), known_fields.RULE, DEFAULT_ENGINE)


def test_a_map_takes_no_name_twice_not_even_merged() -> None:
    with pytest.raises(InputError, match="a is set twice"):
        text_map(tree("{<<: {a: 1}, a: 2}"), "map")


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


@settings(deadline=None)
@given(st.dictionaries(words, words, max_size=6))
def test_quoted_texts_come_back_as_they_were(pairs: dict[str, str]) -> None:
    quoted = {key: "'" + key.replace("'", "''") + "'" for key in {*pairs, *pairs.values()}}
    content = "\n".join(f"? {quoted[key]}\n: {quoted[item]}" for key, item in pairs.items())
    assert text_map(tree(content), "map") == pairs


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_tree_or_a_refusal(content: bytes) -> None:
    with suppress(InputError):
        tree(content)
