"""Lists the services registered in a Consul, with their metadata.

https://developer.hashicorp.com/consul/api-docs/catalog. A list that may be incomplete counts as
unknown: with it, a change could pass that breaks the services that are missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote

from fieldkeep.core.plan.usage import Registered, Unknown, Usage
from fieldkeep.edges.deadline import Deadline
from fieldkeep.edges.labels.api import Api
from fieldkeep.edges.labels.consul_catalog import MAX_SERVICES
from fieldkeep.errors import Unavailable, UsageError
from fieldkeep.model import Json
from fieldkeep.settings.sources import Access

CONSUL: Final = "consul"  # every server registers itself under this name
SECONDS: Final = 60.0
_RIGHTS: Final = 'the token needs service_prefix "" and node_prefix "" read'


def services_of_store(url: str, variables: Mapping[str, str]) -> Usage:
    """The services of the Consul that is the store, over the store's connection settings."""
    from fieldkeep.edges.store import consul_environment

    try:
        http = consul_environment.transport(url, variables)
        with Api(http.base_uri, Access(), variables, prepared=http.session) as api:
            return Registered(tuple(_instances(api, http.params)))
    except (Unavailable, UsageError) as error:
        return Unknown(str(error))


def services_of_catalog(base: str, access: Access, variables: Mapping[str, str]) -> Usage:
    """The services of the Consul that is the ``catalog`` of a source."""
    try:
        with Api(base, access, variables, consul=True) as api:
            return Registered(tuple(_instances(api, {})))
    except Unavailable as error:
        return Unknown(str(error))


def _instances(api: Api, params: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The metadata of each instance of each service, except Consul. Raises Unavailable."""
    deadline = Deadline(SECONDS)
    for name in _names(api, params):
        if deadline.left < 0:
            raise Unavailable(f"{api.base}: not counted within {SECONDS:g} s")
        entries = _get(api, f"/v1/catalog/service/{quote(name, safe='')}", params)
        if not isinstance(entries, list):
            raise _not_consul(api)
        if not entries:
            raise Unavailable(f"{api.base}: no instance of the service {name} is shown; {_RIGHTS}")
        for entry in entries:
            yield _metadata(api, entry)


def _names(api: Api, params: Mapping[str, str]) -> list[str]:
    services = _get(api, "/v1/catalog/services", params)
    if not isinstance(services, dict):
        raise _not_consul(api)
    if CONSUL not in services:
        raise Unavailable(f"{api.base}: not even Consul itself is listed; {_RIGHTS}")
    names = sorted(services.keys() - {CONSUL})
    if len(names) > MAX_SERVICES:
        raise Unavailable(f"{api.base}: {len(names)} services, more than {MAX_SERVICES}")
    return names


def _get(api: Api, path: str, params: Mapping[str, str]) -> Json:
    answer = api.get(path, dict(params))
    if api.filtered:
        raise Unavailable(
            f"{api.base}: the answer leaves out what the token may not see; {_RIGHTS}"
        )
    return answer


def _metadata(api: Api, entry: Json) -> Mapping[str, str]:
    meta = entry.get("ServiceMeta") if isinstance(entry, dict) else False
    if meta is None:
        return {}
    if not isinstance(meta, dict) or not all(isinstance(text, str) for text in meta.values()):
        raise _not_consul(api)
    return meta


def _not_consul(api: Api) -> Unavailable:
    return Unavailable(f"{api.base}: the answer is not Consul's", "name Consul's HTTP API itself")
