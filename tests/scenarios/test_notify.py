"""Consumers are told after each write of the document, and nothing waits for them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldkeep.core.notice import Notice
from fieldkeep.operations.events import Event, NotNotified
from fieldkeep.operations.notify import notifying
from fieldkeep.operations.project import Project
from fieldkeep.settings.receivers import Webhook
from fieldkeep.settings.settings import Settings
from tests.real import forked
from tests.real.receiver import Receiver
from tests.real.servers import free_ports, wait_until
from tests.scenarios.look import APPLICATION, GIT
from tests.scenarios.watching import Guard
from tests.scenarios.world import ConsulWorld, World, edited, environment

SECRET = "whsec_" + base64.b64encode(b"a secret of this test, 32 bytes!").decode()
NOTICE = Notice("run", "", "fields", None, "ada", "", "sha256:1", ())


def configured(world: World, *entries: str) -> None:
    path = world.project.root / "pyproject.toml"
    text = path.read_text("utf-8").replace(
        "[tool.fieldkeep]\n", f"[tool.fieldkeep]\nnotify = [{', '.join(entries)}]\n", 1
    )
    path.write_text(text, "utf-8")


def run(world: World, command: str, *arguments: str, **variables: str) -> forked.Done:
    line = [command, "--store", world.url, "--key", world.key, *arguments]
    done = forked.run(line, world.project.root, {**environment(), **variables}, 60)
    assert done.code == 0, done.err
    return done


def test_a_sync_and_a_restore_are_told_signed_and_once(world: World) -> None:
    with Receiver(statuses=[503]) as receiver:
        entry = f'{{ url = "{receiver.url}/hook?key=in-the-url", secret_env = "HOOK_SECRET" }}'
        configured(world, entry)
        world.project.field("company", GIT.yaml("company"))
        done = run(world, "sync", HOOK_SECRET=SECRET)
        assert "not notified" not in done.err
        refused, taken = receiver.posted  # what was busy is asked again
        assert refused.body == taken.body
        assert taken.path == "/hook?key=in-the-url"
        told = json.loads(taken.body)
        assert told["type"] == "fieldkeep.document.applied"
        assert told["data"]["key"] == world.key
        assert taken.headers["webhook-id"] == world.value(".sync")["run"]
        assert taken.headers["webhook-signature"].startswith("v1,")
        run(world, "sync", HOOK_SECRET=SECRET)  # writes nothing
        assert len(receiver.posted) == 2

        world.application(edited(company=APPLICATION))
        run(world, "capture", HOOK_SECRET=SECRET)
        assert len(receiver.posted) == 2  # the document is as it was
        put_back = ["1", "--reason", "undo", "--yes"]
        done = run(world, "restore", *put_back, HOOK_SECRET=SECRET)
        assert json.loads(receiver.posted[2].body)["type"] == "fieldkeep.document.restored"
        assert "in-the-url" not in done.out + done.err


def test_no_receiver_fails_an_apply_or_holds_it_up(served: ConsulWorld) -> None:
    (closed,) = free_ports(1)
    with Receiver(mute=True) as mute, Receiver(statuses=[500] * 9) as broken, Receiver() as good:
        configured(
            served,
            f'{{ url = "{mute.url}/s3cret", timeout = 1 }}',
            f'{{ url = "{broken.url}/s3cret", timeout = 1 }}',
            f'{{ url = "http://127.0.0.1:{closed}/s3cret", timeout = 1 }}',
            '{ url_env = "NOT_SET" }',
            f'{{ url = "{good.url}", secret_env = "NOT_SET_EITHER" }}',
            f'"{good.url}"',
        )
        done = run(served, "sync", "-q")  # the mute one answers when the test is over
        assert served.plain.get(served.key) is not None
        warnings = [line for line in done.err.splitlines() if line.startswith("warning: ")]
        assert len(warnings) == 5, done.err
        assert f"warning: {mute.url} was not notified" in done.err
        assert "HTTP 500" in done.err
        assert "the variable NOT_SET is not set" in done.err
        assert "s3cret" not in done.out + done.err
        assert len(good.posted) == 1
        assert len(broken.posted) <= 3


def test_a_secret_goes_to_trusted_hosts_only(served: ConsulWorld) -> None:
    with Receiver() as receiver:
        configured(served, f'{{ url = "{receiver.url}", secret_env = "HOOK_SECRET" }}')
        done = run(served, "sync", HOOK_SECRET=SECRET, FIELDKEEP_TRUSTED_HOSTS="portal.example")
        assert "none of your trusted hosts" in done.err
        assert receiver.posted == []
        assert served.plain.get(served.key) is not None


def test_a_watcher_heals_on_while_its_receiver_is_silent(served: ConsulWorld) -> None:
    with Receiver(mute=True) as mute, Receiver() as good:
        served.sync()
        configured(served, f'{{ url = "{mute.url}", timeout = 30 }}', f'"{good.url}"')
        guard = Guard(served)
        guard.settle()
        for _ in range(3):
            served.wipe("")
            guard.settle()
            assert served.plain.get(served.key) is not None
        wait_until(lambda: len(good.posted) == 3, "each is told")
        assert len(mute.posted) <= 1


def test_a_consul_event(served: ConsulWorld) -> None:
    configured(served, '{ consul_event = "fields-changed" }')
    run(served, "sync")
    path = "/v1/event/list?name=fields-changed"
    wait_until(lambda: bool(served.consul.ask("GET", path)), "the event")
    events = served.consul.ask("GET", path)
    told = json.loads(base64.b64decode(events[-1]["Payload"]))
    assert told["digest"].startswith("sha256:")


def project(
    folder: Path, receiver: Webhook, emit: Callable[[Event], None], **variables: str
) -> Project:
    settings = Settings(folder, notify=(receiver,))
    return Project(settings, folder, None, variables, emit, lambda: datetime.now(UTC))


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"SECRET": "s3cret\udcff", "HOOK": "{url}"}, "the variable SECRET is not UTF-8 text"),
        ({"SECRET": "s", "HOOK": "{url}/s3cret\udcff"}, "the variable HOOK is not UTF-8 text"),
        ({"SECRET": "s", "HOOK": "http://a b/s3cret"}, "the variable HOOK is not a URL"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_and_not_shown(
    tmp_path: Path, variables: dict[str, str], says: str
) -> None:
    heard: list[Event] = []
    with Receiver() as receiver:
        given = {name: value.replace("{url}", receiver.url) for name, value in variables.items()}
        webhook = Webhook(url_env="HOOK", secret_env="SECRET")
        with notifying(project(tmp_path, webhook, heard.append, **given)) as notifier:
            notifier.tell([NOTICE])
        assert receiver.posted == []
    (event,) = heard
    assert isinstance(event, NotNotified)
    assert says in event.reason
    assert "s3cret" not in event.reason


def test_a_receiver_hears_the_next_notice_after_one_that_a_bug_kept_from_it(tmp_path: Path) -> None:
    class Broken(Notice):
        def body(self) -> bytes:
            raise RuntimeError("s3cret")

    heard: list[Event] = []

    def emit(event: Event) -> None:
        heard.append(event)
        raise BrokenPipeError  # no reader of stderr

    with Receiver() as receiver:
        webhook = Webhook(f"{receiver.url}/s3cret")
        with notifying(project(tmp_path, webhook, emit)) as notifier:
            notifier.tell([Broken("run", "", "", None, "", "", "", ()), NOTICE])
        assert [json.loads(posted.body) for posted in receiver.posted] == [
            json.loads(NOTICE.body())
        ]
        assert heard == [
            NotNotified(receiver.url, "a bug in fieldkeep (RuntimeError); please report it"),
        ]
