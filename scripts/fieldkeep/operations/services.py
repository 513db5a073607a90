"""Counts the services that a change affects; queries no catalogue if it affects none."""

from __future__ import annotations

from collections.abc import Mapping

from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions, with_impact
from fieldkeep.core.plan.usage import NOTHING_TO_COUNT, Registered, Unknown, Usage
from fieldkeep.settings.settings import Settings
from fieldkeep.settings.store_kinds import kind_of


def with_counted_services(
    evaluation: Evaluation, settings: Settings, variables: Mapping[str, str], options: PlanOptions
) -> Evaluation:
    """With its impact, which is unknown if a catalogue does not answer."""
    needed = evaluation.pending_impact.needs_catalog
    usage = registered_services(settings, variables) if needed else NOTHING_TO_COUNT
    return with_impact(evaluation, usage, options.allowed)


def registered_services(settings: Settings, variables: Mapping[str, str]) -> Usage:
    """What the catalogues of the sources list; if they name none, that of the store's Consul."""
    catalogs = dict.fromkeys(
        (source.catalog, source.catalog_access)
        for source in settings.sources.values()
        if source.catalog is not None
    )
    kind = kind_of(settings.store)
    if not catalogs and not (kind and kind.has_catalog):
        return Unknown("no catalogue is configured: a source's catalog names one")
    # Imported here because requests takes a fifth of a second.
    from fieldkeep.edges.labels import consul_services

    if not catalogs:
        return consul_services.services_of_store(settings.store, variables)
    registered: list[Mapping[str, str]] = []
    for base, access in catalogs:
        match consul_services.services_of_catalog(base, access, variables):
            case Registered(listed):
                registered += listed
            case Unknown() as unknown:
                return unknown
    return Registered(tuple(registered))
