"""The encodings of files that people hand over: UTF-8, and UTF-16 as PowerShell 5 writes it."""

from __future__ import annotations

import codecs

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_utf16(content: bytes) -> bool:
    """Whether a byte order mark of UTF-16 stands at the beginning."""
    return content.startswith(_UTF_16)


def as_utf8(content: bytes) -> bytes:
    """The same text in UTF-8, if it is UTF-16 with a byte order mark; else the content itself.
    Windows PowerShell writes UTF-16 wherever ``>`` sends a program's output to a file."""
    if not is_utf16(content):
        return content
    try:
        return content.decode("utf-16").encode()
    except UnicodeError:  # cut short, or half a surrogate pair: its reader refuses it
        return content
