"""The setting `notify`."""

from __future__ import annotations

from typing import Any

import pytest

from fieldkeep.settings.receivers import ConsulEvent, Webhook, parse_receivers
from fieldkeep.settings.sources import Wrong


def test_urls_tables_and_events() -> None:
    assert parse_receivers(
        [
            "https://portal.example/hook",
            {"url_env": "CHAT_HOOK", "timeout": 2},
            {"url": "https://b.example", "secret_env": "B", "ca": "ca.pem"},
            {"consul_event": "fields"},
        ]
    ) == (
        Webhook("https://portal.example/hook"),
        Webhook(url_env="CHAT_HOOK", seconds=2.0),
        Webhook("https://b.example", secret_env="B", ca="ca.pem"),
        ConsulEvent("fields"),
    )
    assert parse_receivers("https://a.example, https://b.example") == (
        Webhook("https://a.example"),
        Webhook("https://b.example"),
    )
    assert parse_receivers("") == ()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (7, "list of URLs"),
        ([7], "URL or a table"),
        ([{}], "one of url, url_env and consul_event"),
        ([{"url": "https://a", "url_env": "B"}], "one of url"),
        ([{"secret": "s3cret"}], "did you mean 'secret_env'"),
        (["ftp://s3cret.example"], "http"),
        (["https://user:s3cret@a.example"], "url_env"),
        (["https://[s3cret"], "not a URL"),
        (["http://a b/s3cret"], "not a URL"),
        ([" http://127.0.0.1:1/s3cret"], "not a URL"),
        (["http://127.0.0.1:1/s3cret\n"], "not a URL"),
        (["http://h%zz/s3cret"], "not a URL"),
        (["http://[::1]s3cret/"], "not a URL"),
        (["http://a/s3cret\udcff"], "not a URL"),
        ([{"url": "https://a", "timeout": 0}], "timeout"),
        ([{"consul_event": "a b"}], "letters"),
        ([{"consul_event": "a", "secret_env": "B"}], "beside consul_event"),
    ],
)
def test_what_is_wrong_is_said_without_the_value(value: Any, says: str) -> None:
    with pytest.raises(Wrong) as caught:
        parse_receivers(value)
    assert says in str(caught.value)
    assert "s3cret" not in str(caught.value)
