"""Who is asked how many services a change touches, and only where a change touches any."""

from __future__ import annotations

from collections.abc import Mapping

from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions, with_impact
from fieldkeep.core.plan.usage import NOTHING_TO_COUNT, Registered, Unknown, Usage
from fieldkeep.settings.settings import Settings
from fieldkeep.settings.store_kinds import kind_of


def with_counted_services(
    found: Evaluation, settings: Settings, variables: Mapping[str, str], request: PlanOptions
) -> Evaluation:
    """With its impact. A catalogue that does not answer makes it unknown, never an error."""
    usage = ask(settings, variables) if found.pending_impact.needs_catalog else NOTHING_TO_COUNT
    return with_impact(found, usage, request.allowed)


def ask(settings: Settings, variables: Mapping[str, str]) -> Usage:
    """The catalogues of the sources; without one, that of the Consul that the store is in."""
    named = dict.fromkeys(
        (source.catalog, source.catalog_access)
        for source in settings.sources.values()
        if source.catalog is not None
    )
    kind = kind_of(settings.store)
    if not named and not (kind and kind.has_catalog):
        return Unknown("no catalogue is configured: a source's catalog names one")
    # requests alone costs a fifth of a second: only who has something to count pays for it
    from fieldkeep.edges.labels import consul_services

    if not named:
        return consul_services.services_of_store(settings.store, variables)
    registered: list[Mapping[str, str]] = []
    for base, access in named:
        match consul_services.services_of_catalog(base, access, variables):
            case Registered(some):
                registered += some
            case Unknown() as unknown:
                return unknown
    return Registered(tuple(registered))
