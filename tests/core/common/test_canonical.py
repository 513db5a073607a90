"""One text for one value, and nothing in a store that can hurt the reader."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.common.canonical import digest, dumps, equal, loads, pack, unpack
from tests.core.document.test_attributes import JSON


@contextmanager
def refused_in_one_line() -> Iterator[None]:
    reason = ""
    try:
        yield
    except ValueError as error:
        reason = str(error)
    assert "\n" not in reason


TEXT = st.text(st.characters(exclude_categories=()), max_size=6)


@given(JSON)
def test_a_value_written_and_read_is_the_same_value(value: Any) -> None:
    assert loads(dumps(value)) == value
    assert json.loads(dumps(value)) == value
    assert dumps(loads(dumps(value))) == dumps(value)


@given(st.dictionaries(st.text(max_size=3), JSON))
def test_the_order_of_keys_is_no_part(value: dict[str, Any]) -> None:
    turned = dict(reversed(list(value.items())))
    assert dumps(turned) == dumps(value)
    assert digest(turned) == digest(value)


@given(JSON)
def test_packed_is_the_same_value_and_the_same_text_always(value: Any) -> None:
    assert unpack(pack(value)) == value
    assert pack(value) == pack(loads(dumps(value)))


@given(TEXT)
def test_any_text_can_be_written_half_surrogate_pairs_too(text: str) -> None:
    assert dumps(loads(dumps([text]))) == dumps([text])


@pytest.mark.parametrize("whole", [10, 0, -7, 2**53, 10**20])
@pytest.mark.parametrize("place", [lambda x: x, lambda x: [x, 1.5], lambda x: {"a": [{"b": x}]}])
def test_equal_numbers_are_equal(whole: int, place: Any) -> None:
    assert dumps(place(float(whole))) == dumps(place(whole))
    assert dumps(loads(json.dumps(place(float(whole))).encode())) == dumps(place(whole))


ALIKE = st.recursive(
    st.sampled_from([0, 0.0, -0.0, False, 1, 1.0, True, "1", "", None, 1.5, 10**21, 1e21]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
)


@given(ALIKE, ALIKE)
def test_equal_values_are_those_that_are_written_alike(left: Any, right: Any) -> None:
    assert equal(left, right) is (dumps(left) == dumps(right))
    assert equal(left, loads(dumps(left)))


def test_other_values_stay_apart() -> None:
    assert len({dumps(value) for value in (True, 1, "1", "1.0", [1], 1.5, 1e300)}) == 7
    assert dumps({"a": ":1.0,"}) == b'{"a":":1.0,"}'


def test_a_byte_order_mark_is_skipped() -> None:
    assert loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_the_form_has_no_spaces_and_keeps_letters_as_they_are() -> None:
    assert dumps({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_in_json_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        dumps({"a": [number]})


@pytest.mark.parametrize("text", [b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"1e999", b"-1e999"])
def test_numbers_that_json_has_not_are_refused_when_read(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        loads(text)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_in_one_line(content: bytes) -> None:
    with refused_in_one_line():
        dumps(loads(content))


@pytest.mark.parametrize("depth", [400, 1000, 30_000, 200_000])
@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_what_is_nested_too_deep_is_refused_and_what_is_read_can_be_written(
    depth: int, bracket: str
) -> None:
    close = "]" if bracket == "[" else "}"
    try:
        value = loads((bracket * depth + "1" + close * depth).encode())
    except ValueError:
        return
    dumps(value)


@given(st.text(max_size=20) | st.binary(max_size=20).map(lambda b: base64.b64encode(b).decode()))
def test_any_text_is_unpacked_or_refused(text: str) -> None:
    with refused_in_one_line():
        unpack(text)


@pytest.mark.parametrize("value", [None, 7, [], {}, True, b"x"])
def test_what_is_no_text_is_not_unpacked(value: Any) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        unpack(value)


def test_a_bomb_of_zeros_does_not_fill_the_memory() -> None:
    bomb = gzip.compress(b" " * (80 * 1024 * 1024), 9, mtime=0)
    assert len(bomb) < 100_000
    with pytest.raises(ValueError, match="too large"):
        unpack(base64.b64encode(bomb).decode())


def test_gzip_that_ends_too_early_is_refused() -> None:
    whole = base64.b64decode(pack({"a": list(range(100))}))
    for end in range(0, len(whole), 7):
        with pytest.raises(ValueError, match=r"\S"):
            unpack(base64.b64encode(whole[:end]).decode())
