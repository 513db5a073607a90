"""What each class of drift means, for people who have never heard of it. Its name stands behind in
brackets: `fieldkeep explain` knows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fieldkeep.core.common.words import number
from fieldkeep.core.merge.outcome import Drift, FieldDrift
from fieldkeep.render.screen import Line, Style, line

# class: what happened, and what becomes of it
_WORDS: Final = {
    Drift.GIT_AHEAD: ("git is newer", "the next sync applies it"),
    Drift.LIVE_EDITED: (
        "edited in the application",
        "git says otherwise, and the next sync puts git's value back",
    ),
    Drift.BOTH: (
        "changed in git and in the application",
        "the next sync applies git's value, the other stays in the history",
    ),
    Drift.RECREATED: (
        "deleted and created anew in the application",
        "the next sync puts the backup's values back",
    ),
    Drift.MACHINE_RESET: (
        "reset by an application, not by a person",
        "the next sync puts people's values back",
    ),
    Drift.LIVE_LOST: (
        "removed in the application",
        "its file is in git, so the next sync creates it again",
    ),
    Drift.MISSING: ("there is no document", ""),
    Drift.CORRUPT: ("the document cannot be read", ""),
    Drift.ORPHAN: ("live, but in no file and no source", "it stays until a sync with --prune"),
    Drift.UNMANAGED: ("Prometheus has the label, no field file describes it", ""),
    Drift.LIVE_CHANGED: ("edited in the application", "git is silent on it, so the edit stays"),
    Drift.LIVE_REMOVED: ("removed in the application", "git is silent on it, so it stays removed"),
    Drift.WRAPPED: ("wrapped by the application, and read all the same", ""),
    Drift.NOT_EXTRACTED: ("in git, but no source gives the label", ""),
    Drift.BOOKKEEPING: ("only our own records lack something", "the next sync adds it"),
}


def happened(drift: Drift | str) -> str:
    """``git is newer [git-ahead]``; only the name of a class that we do not know."""
    return f"{_what(drift)} [{drift}]" if isinstance(drift, Drift) else f"[{drift}]"


def _what(drift: Drift | str) -> str:
    return _WORDS[drift][0] if isinstance(drift, Drift) else drift


def meaning(drift: Drift | str) -> str:
    """What happened and what becomes of it; '' for a class that we do not know."""
    what, then = _WORDS[drift] if isinstance(drift, Drift) else ("", "")
    return f"{what}: {then}" if then else what


def explained(drift: Drift | str) -> str:
    """``git is newer: the next sync applies it [git-ahead]``."""
    return f"{meaning(drift)} [{drift}]".lstrip()


def counted(drift: Iterable[FieldDrift]) -> str:
    """``git is newer (2 fields), edited in the application (1 field)``."""
    classes: dict[Drift | str, int] = {}
    for entry in drift:
        classes[entry.drift] = classes.get(entry.drift, 0) + bool(entry.field)
    return ", ".join(
        _what(kind) + (f" ({number(count, 'field')})" if count else "")
        for kind, count in classes.items()
    )


def grouped(drift: Sequence[FieldDrift], style: Style) -> Iterator[Line]:
    """Each class, and below it the fields that it concerns: names alone in one line, others in a
    line each."""
    for kind in dict.fromkeys(entry.drift for entry in drift):
        entries = [entry for entry in drift if entry.drift == kind]
        fields = [entry for entry in entries if entry.field]
        for entry in entries:
            if not entry.field:
                yield line((_of_document(entry), style))
        if fields:
            yield line((explained(kind), style))
        if names := [e.field for e in fields if not (e.attributes or e.detail)]:
            yield line(f"    {', '.join(names)}", indent=4)
        for entry in fields:
            if entry.attributes or entry.detail:
                parts = filter(None, [", ".join(entry.attributes), entry.detail])
                yield line(f"    {entry.field}: {'; '.join(parts)}")


def _of_document(entry: FieldDrift) -> str:
    detail = f": {entry.detail}" if entry.detail else ""
    return f"{_what(entry.drift)}{detail} [{entry.drift}]"


def explain(words: Iterable[str]) -> Iterator[Line]:
    """How to look these words up."""
    first, *others = [*dict.fromkeys(words), ""]
    more = f" (or {', '.join(others[:-1])})" if others[:-1] else ""
    if first:
        yield line((f"what it means: `fieldkeep explain {first}`{more}", Style.MUTED))
