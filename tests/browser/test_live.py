"""`catalog --serve`: a page that follows the store, in a browser."""

from __future__ import annotations

import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from tests.real.browser import Tab
from tests.real.servers import ConsulServer
from tests.scenarios.world import ConsulWorld, Project, ended


@pytest.fixture
def world(tmp_path: Path, consul_agent: ConsulServer) -> ConsulWorld:
    made = ConsulWorld(
        Project(tmp_path / "project"), consul_agent, f"skills/{uuid.uuid4().hex}/metadata/fields"
    )
    made.sync()
    return made


@pytest.fixture
def serving(world: ConsulWorld) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and where it serves."""
    with world.start("catalog", "--serve", "--port", "0") as process:
        try:
            assert process.stderr
            line = next(line for line in process.stderr if line.startswith("serving "))
            yield process, line.split()[1]
        finally:
            process.kill()


def test_the_page_follows_the_store_and_its_reader_stays_where_they_are(
    serving: tuple[subprocess.Popen[str], str], world: ConsulWorld, tab: Tab
) -> None:
    process, url = serving
    tab.page.goto(url)
    follows = tab.page.get_by_text("Follows the store")
    expect(follows).to_be_visible()
    search = tab.page.get_by_role("searchbox")
    search.fill("compa")
    expect(tab.page.get_by_role("link", name="Company")).to_be_visible()

    world.application(lambda fields: fields["company"].update(display_name="Customer <b>"))
    expect(tab.page.get_by_role("link", name="Drift 1")).to_be_visible(timeout=20_000)
    assert search.input_value() == "compa"
    expect(search).to_be_focused()
    search.press("n")  # the new edition answers too
    expect(tab.page).to_have_url(f"{url}#q=compan")
    assert set(tab.requests) <= {url, f"{url}events"}

    company = world.project.root / "fields" / "company.yaml"
    good = company.read_text("utf-8")
    company.write_text("name: other\n", "utf-8")
    world.application(lambda fields: fields["company"].update(display_name="Client"))
    expect(tab.page.get_by_text("Not renewed: fields/company.yaml:1")).to_be_visible(timeout=20_000)
    expect(search).to_be_focused()
    company.write_text(good, "utf-8")
    expect(tab.page.get_by_text("Follows the store; new at")).to_be_visible(timeout=20_000)

    process.send_signal(signal.SIGTERM)
    assert ended(process, 0).err.endswith("ended\n")
    expect(tab.page.get_by_text("Not connected")).to_be_visible()
    tab.complaints.clear()  # of the server that is gone


def test_nobody_but_this_machine_reads_it_and_nobody_writes(
    serving: tuple[subprocess.Popen[str], str],
) -> None:
    process, url = serving
    assert url.startswith("http://127.0.0.1:")
    for host, status in {
        "localhost": 200,
        "127.0.0.1:1": 200,
        "[::1]:8470": 200,
        "evil.example": 421,
        "127.0.0.1.evil.example": 421,
        "": 421,
    }.items():
        answer = requests.get(url, headers={"Host": host}, timeout=20)
        assert answer.status_code == status, host
    assert requests.post(url, timeout=20).status_code == 405
    assert requests.get(f"{url}nothing", timeout=20).status_code == 404
    assert requests.head(url, timeout=20).content == b""
    policy = requests.get(url, timeout=20).headers["Content-Security-Policy"]
    assert policy == "frame-ancestors 'none'"
    with ExitStack() as readers:
        statuses = []
        for _ in range(33):
            answer = requests.get(f"{url}events", stream=True, timeout=20)
            readers.callback(answer.close)
            statuses.append(answer.status_code)
            if answer.status_code == 200:
                assert next(answer.iter_lines(chunk_size=1)).startswith(b"data: ")
        assert statuses == [200] * 32 + [503]
    process.send_signal(
        signal.SIGTERM
    )  # Ctrl-C raises the same; a job in the background ignores it
    ended(process, 0)
