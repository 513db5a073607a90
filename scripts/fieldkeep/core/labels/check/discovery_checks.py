"""What each discovery requires of its fields: UnmarshalYAML of the discoveries in Prometheus'
discovery/. What it asks the network or the environment for (the region of AWS, a Scaleway profile)
is not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from fieldkeep.core.labels.check.checks import (
    at_least_one,
    at_most_one,
    begins_with_slash,
    choice,
    not_blank,
    required,
    url,
)
from fieldkeep.core.labels.check.section import Check, Fault, Section, covers
from fieldkeep.core.labels.config.decode import any_fields
from fieldkeep.core.labels.config.goyaml import Listing, Scalar, Table
from fieldkeep.core.labels.config.goyaml_tags import FALSE, TRUE
from fieldkeep.core.labels.config.timing import parse_duration

_HTTP: Final = ("http", "https")
_CLIENT_SECTIONS: Final = ("basic_auth", "authorization", "oauth2")
_CLIENT_TEXTS: Final = ("bearer_token", "bearer_token_file", "proxy_url")
_SELECTORS: Final = {
    "pod": ("pod",),
    "service": ("service",),
    "endpointslice": ("pod", "service", "endpointslice"),
    "endpoints": ("pod", "service", "endpoints"),
    "node": ("node",),
    "ingress": ("ingress",),
}


def _azure(section: Section) -> Iterator[Fault]:
    if section.text("authentication_method", "OAuth") == "OAuth":
        yield from required("tenant_id", "client_id", "client_secret")(section)


def _consul(section: Section) -> Iterator[Fault]:
    if not covers(section.engine, "2.28"):
        return
    for name in ("username", "password"):
        if section.filled(name) and section.given("basic_auth"):
            yield Fault("basic_auth", f"{name} and basic_auth exclude each other", "keep one")
    for other in ("authorization", "oauth2"):
        if section.filled("token") and section.given(other):
            yield Fault(other, f"token and {other} exclude each other", "keep one")


def _dns(section: Section) -> Iterator[Fault]:
    needs_port = section.text("type", "SRV").upper() in ("A", "AAAA", "MX", "NS")
    if needs_port and section.text("port") in ("", "0"):
        yield Fault("type", "these records need a port", "add port, or use type: SRV")


def _kubernetes(section: Section) -> Iterator[Fault]:
    server, file = section.filled("api_server"), section.filled("kubeconfig_file")
    if server and file:
        yield Fault(
            "kubeconfig_file", "kubeconfig_file and api_server exclude each other", "keep one"
        )
    client = next(_client_settings(section), None)
    if client and file:
        yield Fault(client, f"{client} and kubeconfig_file exclude each other", "keep one")
    elif client and not server:
        yield Fault(client, f"{client} needs api_server", "add api_server")
    namespaces = section.values.get("namespaces")
    if isinstance(namespaces, Table) and covers(section.engine, "2.34"):
        own = any_fields(namespaces).get("own_namespace")
        if isinstance(own, Scalar) and own.text in TRUE and (server or file):
            other = "api_server" if server else "kubeconfig_file"
            yield Fault("namespaces", f"own_namespace and {other} exclude each other", "keep one")
    yield from _selectors(section)


def _client_settings(section: Section) -> Iterator[str]:
    """The fields that set something for the HTTP client."""
    yield from filter(section.given, _CLIENT_SECTIONS)
    yield from filter(section.filled, _CLIENT_TEXTS)
    tls = section.values.get("tls_config")
    values = any_fields(tls).values() if isinstance(tls, Table) else ()
    if any(isinstance(v, Scalar) and v.text and not v.null and v.text not in FALSE for v in values):
        yield "tls_config"


def _selectors(section: Section) -> Iterator[Fault]:
    role = section.text("role")
    allowed = _SELECTORS.get(role, ())
    if role == "pod" and covers(section.engine, "3.11"):
        allowed = ("pod", "node")
    listed, roles = section.values.get("selectors"), set()
    for item in listed.items if isinstance(listed, Listing) else ():
        node = any_fields(item).get("role")
        selected = node.text if isinstance(node, Scalar) else ""
        if selected in roles:
            yield Fault("selectors", "two selectors have one role", "join them")
        elif allowed and selected not in allowed:
            message = f"role {role} takes no such selector"
            yield Fault("selectors", message, f"one of {', '.join(allowed)}")
        roles.add(selected)


def _marathon(section: Section) -> Iterator[Fault]:
    token = next((n for n in ("auth_token", "auth_token_file") if section.filled(n)), None)
    others = ["basic_auth", "bearer_token", "bearer_token_file"]
    if covers(section.engine, "2.26"):
        others.append("authorization")
    for other in others:
        if token and section.filled(other):
            yield Fault(token, f"{token} and {other} exclude each other", "keep one")


def _oci(section: Section) -> Iterator[Fault]:
    api_key = ("tenancy", "user", "fingerprint", "key_file")
    if section.text("auth", "api_key") == "api_key":
        yield from required(*api_key)(section)
        yield from at_most_one("key_passphrase", "key_passphrase_file")(section)
    else:
        for name in (*api_key, "key_passphrase", "key_passphrase_file"):
            if section.filled(name):
                yield Fault(name, f"instance_principal takes no {name}", "remove it")


def _triton(section: Section) -> Iterator[Fault]:
    if section.given("refresh_interval") and not parse_duration(section.text("refresh_interval")):
        yield Fault("refresh_interval", "refresh_interval must be positive", "for example 60s")


def _filters(section: Section) -> Iterator[Fault]:
    listed = section.values.get("filters")
    for item in listed.items if isinstance(listed, Listing) else ():
        values = any_fields(item).get("values")
        if not (isinstance(values, Listing) and values.items):
            yield Fault("filters", "a filter without values", "add values")


CHECKS: Final[Mapping[str, tuple[Check, ...]]] = {
    "azure": (
        required("subscription_id"),
        choice(
            "authentication_method",
            {"2.24": "OAuth ManagedIdentity", "2.52": "SDK", "3.11": "WorkloadIdentity"},
            "OAuth",
        ),
        _azure,
    ),
    "consul": (not_blank("server"), _consul),
    "digitalocean": (choice("role", {"3.12": "droplets databases"}, "droplets"),),
    "dns": (
        required("names"),
        choice("type", {"2.24": "SRV A AAAA", "2.38": "MX", "2.49": "NS"}, "SRV", any_case=True),
        _dns,
    ),
    "docker": (required("host"),),
    "dockerswarm": (required("host"), choice("role", {"2.24": "services nodes tasks"})),
    "ec2": (_filters,),
    "eureka": (required("server"), url("server")),
    "file": (required("files"),),
    "gce": (required("project", "zone"),),
    "hetzner": (choice("role", {"2.24": "robot hcloud"}),),
    "http": (required("url"), url("url", schemes=_HTTP)),
    "ionos": (required("datacenter_id"),),
    "kubernetes": (
        choice("role", {"2.24": "pod service endpoints endpointslice node ingress"}),
        _kubernetes,
    ),
    "kuma": (required("server"), url("server")),
    "marathon": (required("servers"), at_most_one("auth_token", "auth_token_file"), _marathon),
    "nerve": (required("servers", "paths"), begins_with_slash("paths")),
    "nomad": (not_blank("server"),),
    "oci": (
        required("region"),
        choice("auth", {"3.14": "api_key instance_principal"}, "api_key"),
        _oci,
    ),
    "openstack": (
        required("region"),
        choice("role", {"2.24": "instance hypervisor", "3.2": "loadbalancer"}),
        choice("availability", {"2.24": "public internal admin"}, "public"),
    ),
    "outscale": (
        not_blank("region"),
        required("access_key"),
        at_least_one("secret_key", "secret_key_file"),
        at_most_one("secret_key", "secret_key_file"),
    ),
    "ovhcloud": (
        not_blank("endpoint"),
        required("application_key", "application_secret", "consumer_key"),
        choice("service", {"2.40": "dedicated_server vps"}),
    ),
    "puppetdb": (required("url", "query"), url("url", schemes=_HTTP)),
    "scaleway": (
        choice("role", {"2.26": "instance baremetal"}),
        required("project_id", "access_key"),
        at_least_one("secret_key", "secret_key_file"),
        at_most_one("secret_key", "secret_key_file"),
    ),
    "serverset": (required("servers", "paths"), begins_with_slash("paths")),
    "triton": (
        choice("role", {"2.24": "container cn"}, "container"),
        required("account", "dns_suffix", "endpoint"),
        _triton,
    ),
    "uyuni": (required("server", "username", "password"),),
}
