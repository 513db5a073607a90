"""XXH64 with seed 0 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md)."""

from __future__ import annotations

from typing import Final

_MASK: Final = 2**64 - 1
_P1: Final = 0x9E3779B185EBCA87
_P2: Final = 0xC2B2AE3D27D4EB4F
_P3: Final = 0x165667B19E3779F9
_P4: Final = 0x85EBCA77C2B2AE63
_P5: Final = 0x27D4EB2F165667C5
_STRIPE: Final = 32  # bytes
_HALF: Final = 4


def xxh64(data: bytes) -> int:
    """The hash of ``data``."""
    at = len(data) // _STRIPE * _STRIPE
    digest = (_stripes(data[:at]) if at else _P5) + len(data)
    for start in range(at, len(data) - 7, 8):
        digest = _rotl(digest ^ _round(0, _word(data, start, 8)), 27) * _P1 + _P4
        at = start + 8
    if len(data) - at >= _HALF:
        digest = _rotl(digest ^ (_word(data, at, _HALF) * _P1 & _MASK), 23) * _P2 + _P3
        at += _HALF
    for byte in data[at:]:
        digest = _rotl(digest ^ (byte * _P5 & _MASK), 11) * _P1
    return _avalanche(digest & _MASK)


def _stripes(data: bytes) -> int:
    lanes = [_P1 + _P2 & _MASK, _P2, 0, -_P1 & _MASK]
    for start in range(0, len(data), _STRIPE):
        lanes = [_round(lane, _word(data, start + 8 * i, 8)) for i, lane in enumerate(lanes)]
    digest = sum(_rotl(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True))
    for lane in lanes:
        digest = ((digest & _MASK) ^ _round(0, lane)) * _P1 + _P4
    return digest & _MASK


def _round(lane: int, word: int) -> int:
    return _rotl(lane + word * _P2, 31) * _P1 & _MASK


def _rotl(value: int, bits: int) -> int:
    value &= _MASK
    return (value << bits | value >> 64 - bits) & _MASK


def _word(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "little")


def _avalanche(digest: int) -> int:
    digest = (digest ^ digest >> 33) * _P2 & _MASK
    digest = (digest ^ digest >> 29) * _P3 & _MASK
    return digest ^ digest >> 32
