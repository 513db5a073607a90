"""The twelve fields that a team in Brazil made by hand in its application, as Consul holds them."""

from __future__ import annotations

import json
from typing import Any

# name, display name, description, type, category, order, and what is special
_FIELDS: list[tuple[str, str, str, str, str, int, dict[str, Any]]] = [
    ("empresa", "Razão social", "Quem é dono do ativo", "string", "basic", 1, {"required": True}),
    ("cidade", "Município", "Onde está instalado", "string", "location", 2, {}),
    ("unidade", "Unidade federativa", "", "select", "location", 3, {"options": ["SP", "RJ", "PR"]}),
    (
        "fabricante",
        "Fabricante",
        "Marca do equipamento",
        "string",
        "device",
        4,
        {"category": ["device", "basic"]},
    ),
    ("modelo", "Modelo", "", "string", "device", 5, {"placeholder": "ex.: PowerEdge R640"}),
    (
        "criticidade",
        "Criticidade",
        "Não é prioridade!",
        "select",
        "business",
        6,
        {"options": ["baixa", "média", "alta", "crítica"], "default_value": "média"},
    ),
    ("responsavel", "Responsável técnico", "Nome e ramal", "string", "business", 7, {}),
    ("plantao", "Plantão 24 horas", "", "boolean", "business", 8, {"show_in_dashboard": True}),
    (
        "contrato",
        "Nº do contrato",
        "",
        "string",
        "business",
        9,
        {
            "validation_regex": "^[0-9]{4}/[0-9]{2}$",
            "validation": {"regex": "^[0-9]{4}/[0-9]{2}$", "message": "Formato: 1234/25"},
        },
    ),
    ("garantia", "Fim da garantia", "dd/mm/aaaa", "string", "device", 10, {"editable": False}),
    ("url_glpi", "Chamado no GLPI", "", "url", "extra", 11, {"show_in_filter": False}),
    (
        "observacoes",
        "Observações",
        "Texto livre.\n\nSem senhas.",
        "text",
        "extra",
        12,
        {"show_in_table": False, "enabled": False},
    ),
]
PAGES = (
    "services",
    "exporters",
    "blackbox",
    "network_probes",
    "web_probes",
    "system_exporters",
    "database_exporters",
    "infrastructure_exporters",
    "hardware_exporters",
)


def document() -> dict[str, Any]:
    """The value of the key, as the application wrote it."""
    fields = []
    for name, display, about, kind, category, order, special in _FIELDS:
        fields.append(
            {
                "name": name,
                "display_name": display,
                "description": about,
                "field_type": kind,
                "category": category,
                "order": order,
                "required": False,
                "editable": True,
                "enabled": True,
                "available_for_registration": order % 2 == 0,
                "options": [],
                "default_value": None,
                "placeholder": "",
                "validation_regex": None,
                "validation": {},
                "source_label": f"__meta_consul_service_metadata_{name}",
                "regex": "(.*)",
                "replacement": "$1",
                "show_in_table": True,
                "show_in_dashboard": False,
                "show_in_form": True,
                "show_in_filter": True,
                **{f"show_in_{page}": order % 3 > 0 for page in PAGES},
                **special,
            }
        )
    return {
        "version": "2.0.0",
        "last_updated": "2025-11-18T12:00:00",
        "source": "portal",
        "total_fields": len(fields),
        "fields": fields,
    }


def content() -> bytes:
    return json.dumps(document(), ensure_ascii=False).encode()


def prometheus() -> str:
    """The configuration whose rules set their labels, and one label that nobody described."""
    labels = {field["name"]: field["source_label"] for field in document()["fields"]}
    labels["rack"] = "__meta_consul_service_metadata_rack"
    rules = "".join(
        f"      - {{source_labels: [{source}], target_label: {label}}}\n"
        for label, source in labels.items()
    )
    discovery = "consul_sd_configs: [{server: 'consul.example:8500'}]"
    return f"scrape_configs:\n  - job_name: ativos\n    {discovery}\n    relabel_configs:\n{rules}"
