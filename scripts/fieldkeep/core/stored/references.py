"""What a pending apply owns, told by references to values that the store holds anyway.

The announcement of an apply stands beside the whole old base; with a second copy of a large base it
would fit no transaction. The values that it sets are in the document that it announces, and so in
the backup of that document, which is written before the document is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fieldkeep.core.common import canonical
from fieldkeep.core.document import attributes
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.record import BASE, Owned, Pending, Record, Reference
from fieldkeep.model import Json


def by_reference(
    pending: Pending, base: Owned, announced: Document, live: Document | None
) -> Pending:
    """The same with references instead of every value that the base, the announced document or the
    live one holds. An apply backs up the last two."""
    states = {BASE: base, _state(announced): _flat(announced)}
    owned, references = _refer(pending.owned, states)
    if live:
        states = {_state(live): _flat(live), **states}
    earlier: dict[str, dict[str, list[Json]]] = {}
    earlier_references: dict[str, dict[str, list[str]]] = {}
    for name, by_attribute in pending.earlier_bases.items():
        for attribute, values in by_attribute.items():
            for value in values:
                rest, references_of_value = _refer({name: {attribute: value}}, states)
                for state in references_of_value:
                    by_field = earlier_references.setdefault(state, {})
                    by_field.setdefault(name, []).append(attribute)
                if rest:
                    earlier.setdefault(name, {}).setdefault(attribute, []).append(value)
    return replace(
        pending,
        owned=owned,
        earlier_bases=earlier,
        references=(
            *(Reference(state, names) for state, names in references.items()),
            *(
                Reference(state, names, earlier=True)
                for state, names in earlier_references.items()
                if state != BASE  # the merge knows the base anyway
            ),
        ),
    )


def filled_in(record: Record, documents: Iterable[Document]) -> Record:
    """The record with a pending apply that holds all of its values. A state that none of the
    ``documents`` has was never written: what it alone holds is not live, and is left out."""
    pending = record.pending
    if pending is None or not pending.references:
        return record
    states = {BASE: record.owned, **{_state(each): _flat(each) for each in documents}}
    owned = {name: dict(values) for name, values in pending.owned.items()}
    earlier = {
        name: {attribute: list(values) for attribute, values in by_attribute.items()}
        for name, by_attribute in pending.earlier_bases.items()
    }
    for reference in pending.references:
        for name, names in reference.names.items():
            values = states.get(reference.state, {}).get(name, {})
            for attribute in names:
                if attribute not in values:
                    continue
                if reference.earlier:
                    by_attribute = earlier.setdefault(name, {})
                    by_attribute.setdefault(attribute, []).append(values[attribute])
                else:
                    owned.setdefault(name, {})[attribute] = values[attribute]
    return replace(
        record, pending=replace(pending, owned=owned, earlier_bases=earlier, references=())
    )


def _refer(
    owned: Owned, states: Mapping[str, Owned]
) -> tuple[dict[str, dict[str, Json]], dict[str, dict[str, list[str]]]]:
    """The values that no state holds, and the names of the others by state and field."""
    rest: dict[str, dict[str, Json]] = {}
    references: dict[str, dict[str, list[str]]] = {}
    for name, values in owned.items():
        for attribute, value in values.items():
            for state, fields in states.items():
                held = fields.get(name, {})
                if attribute in held and canonical.dumps(held[attribute]) == canonical.dumps(value):
                    references.setdefault(state, {}).setdefault(name, []).append(attribute)
                    break
            else:
                rest.setdefault(name, {})[attribute] = value
    return rest, references


def _state(document: Document) -> str:
    return canonical.digest_of(document.substance)


def _flat(document: Document) -> Owned:
    return {name: attributes.flatten(entry) for name, entry in document.fields.items()}
