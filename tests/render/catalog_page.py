"""What a page of the catalogue gives to its script."""

from __future__ import annotations

import json
from typing import Any


def data_of(text: str) -> dict[str, Any]:
    start = '<script type="application/json" id="data">'
    found = text.partition(start)[2].partition("</script>")[0]
    decoded: dict[str, Any] = json.loads(found)
    return decoded


def column(data: dict[str, Any], column: dict[str, Any]) -> list[Any]:
    """As the page's script expands it."""
    if "v" in column:
        return list(column["v"])
    values = [column["u"][0]] * len(data["names"])
    for index, code in zip(column["i"], column["c"], strict=True):
        values[index] = column["u"][code]
    return values


def attribute(data: dict[str, Any], name: str) -> dict[str, Any]:
    number = [entry[0] for entry in data["attributes"]].index(name)
    return dict(zip(data["names"], column(data, data["columns"][number]), strict=True))
