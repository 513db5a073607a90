"""The encodings of files that people hand over."""

from __future__ import annotations

import codecs

import pytest

from fieldkeep.core.common.encoding import as_utf8, is_utf16


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_mark_is_read(encoding: str) -> None:
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    content = mark + '{"a": "é😀"}'.encode(encoding)
    assert is_utf16(content)
    assert as_utf8(content) == '{"a": "é😀"}'.encode()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xef\xbb\xbf{}", b"\xff\xfe{", b"\xff\xfe\x00\xd8"]
)
def test_everything_else_stays_as_it_is(content: bytes) -> None:
    assert as_utf8(content) == content
