"""The reader that shares nodes of equal content gives what the one with places gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.labels.config.goyaml import (
    Listing,
    Node,
    Scalar,
    Table,
    parse,
    parse_shared,
)
from fieldkeep.errors import InputError
from fieldkeep.model import Source

PIECES = (
    *("a", "regex", "source_labels", "relabel_configs", "labels", "global", "12", "null", "~"),
    *(
        "'a'",
        '"a"',
        '"a/b"',
        r'"a\/b"',
        "a?b",
        "(?:a)",
        "!!str 1",
        "!!int x",
        "!!binary YQ==",
        "!x a",
    ),
    *(
        "- ",
        ": ",
        ":\n",
        "\n",
        "\n  ",
        "\n    ",
        "\n- ",
        "\n  - ",
        ", ",
        "[",
        "]",
        "{",
        "}",
        "<<: ",
    ),
    *("&x ", "*x ", "*y", "|\n", "|-\n  ", ">\n  ", "#a\n", "\n---\n", "\n...\n", "\t", "%", "@"),
)
VALUES = st.recursive(
    st.sampled_from(("a", "'a'", '"a/b"', "b", "null", "''", "!!str null", "&x a", "a?b")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(
            st.tuples(st.sampled_from(("a", "'a'", "regex", "labels")), inner), max_size=3
        ).map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"),
    ),
)
JOBS = st.lists(VALUES, min_size=1, max_size=4).map(
    lambda rules: "".join(f"- {rule}\n" for rule in [*rules, *rules])
)


def shape(node: Node | None) -> Any:
    """All that a node says, but its place."""
    match node:
        case Scalar():
            return node.text, node.plain, node.null, node.literal
        case Listing():
            return [shape(item) for item in node.items]
        case Table():
            return {"pairs": [(shape(key), shape(value)) for key, value in node.pairs]}
        case None:
            return None


def answer(read: Any, text: str) -> Any:
    try:
        return shape(read(Source("p.yml", text.encode())))
    except InputError as error:
        return error.problems[0].message, error.problems[0].hint


@given(st.one_of(JOBS, st.lists(st.sampled_from(PIECES), max_size=25).map("".join)))
def test_it_gives_the_same_values_and_refuses_the_same(text: str) -> None:
    shared, placed = answer(parse_shared, text), answer(parse, text)
    if "is not YAML" in str(placed):  # the message names the line
        assert "is not YAML" in str(shared)
    else:
        assert shared == placed


def test_equal_content_is_one_node_and_other_content_is_not() -> None:
    text = (
        "- {a: [x, 'y']}\n- {a: [x, 'y']}\n- {a: [x, y]}\n- {a: [x, !!str y]}\n- {a: [x, |\n y}]}\n"
    )
    text = text.rpartition("- ")[0]
    root = parse_shared(Source("p.yml", text.encode()))
    assert isinstance(root, Listing)
    first, second, third, fourth = root.items
    assert first is second
    assert len({first, third, fourth}) == 3


@pytest.mark.parametrize("bad", [r'"a\/b"', "[a?b]"])
def test_what_the_surroundings_forbid_is_refused_where_the_same_text_was_taken_before(
    bad: str,
) -> None:
    taken = {r'"a\/b"': '"a/b"', "[a?b]": "a?b"}[bad]
    with pytest.raises(InputError, match="not YAML for Prometheus"):
        parse_shared(Source("p.yml", f"- {taken}\n- {bad}\n".encode()))
