"""GitHub behind a proxy that has a certificate of its own, as a company's runner meets it."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fieldkeep.edges.github.http import Transport
from fieldkeep.errors import Unavailable, UsageError

API = "https://api.github.test"


@dataclass
class Between:
    """A proxy: all that it was asked for, and the file with the authority of what it shows."""

    address: str
    authority: str
    asked: list[str] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        return {"HTTPS_PROXY": f"http://{self.address}", "SSL_CERT_FILE": self.authority}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proxy")
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=company"
    names = ["-addext", "subjectAltName=DNS:api.github.test", "-keyout", "key.pem"]
    subprocess.run(
        [*make.split(), *names, "-out", "cert.pem"], cwd=folder, check=True, capture_output=True
    )
    return folder


@pytest.fixture
def between(certificate: Path) -> Iterator[Between]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")

    class Proxy(BaseHTTPRequestHandler):
        """Answers for every host itself, as one that looks into the traffic does."""

        def do_CONNECT(self) -> None:
            made.asked.append(f"{self.requestline} {dict(self.headers)}")
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            try:
                with context.wrap_socket(self.connection, server_side=True) as inside:
                    inside.recv(65536)
                    body = b'{"object": {"sha": "1"}}'
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                    inside.sendall(head.encode() + body)
            except OSError:
                pass  # the client does not know the authority
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    server.daemon_threads = True
    made = Between(f"127.0.0.1:{server.server_address[1]}", str(certificate / "cert.pem"))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def test_github_is_asked_through_the_proxy_which_is_shown_no_token(between: Between) -> None:
    answer = Transport(API, "ghs_secret", between.variables).get("/repos/a/b", "contents: read")
    assert answer == {"object": {"sha": "1"}}
    (asked,) = between.asked
    assert asked.startswith("CONNECT api.github.test:443 ")
    assert "secret" not in asked


def test_an_authority_that_nobody_named_is_not_believed(between: Between) -> None:
    only_proxy = {"https_proxy": between.variables["HTTPS_PROXY"]}
    with pytest.raises(Unavailable, match="TLS failed") as caught:
        Transport(API, "ghs_secret", only_proxy).get("/repos/a/b", "contents: read")
    assert "SSL_CERT_FILE" in caught.value.hint


def test_a_host_in_no_proxy_is_asked_without(
    between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldkeep.edges.http.PAUSE_SECONDS", 0.001)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    variables = {**between.variables, "NO_PROXY": "127.0.0.1,.test"}
    with pytest.raises(Unavailable, match="connection refused"):
        Transport(f"https://127.0.0.1:{port}", "ghs_secret", variables).get("/x", "contents: read")
    assert between.asked == []


def test_an_authority_that_is_not_there_is_a_wrong_setting() -> None:
    with pytest.raises(UsageError, match="SSL_CERT_FILE: there is no file /nowhere"):
        Transport(API, "ghs_secret", {"SSL_CERT_FILE": "/nowhere"})
