"""What consumers are told of a write, and its signature."""

from __future__ import annotations

import json

from fieldkeep.core.notice import Notice, of_applied, of_restored
from fieldkeep.core.restore.restore import RestoreOptions, restoration
from fieldkeep.core.stored.snapshot import Snapshot
from tests.core.build import DOCUMENT_SCHEMA, KEYS, NOW, US, World, read

NOTICE = Notice("msg_p5jXN8AQM9LWM0D4loKWxJek", "", "", None, "", "", "sha256:1", ())


class Fixed(Notice):
    """With the body of the example of Standard Webhooks."""

    def body(self) -> bytes:
        return b'{"test": 2432232314}'


def test_it_is_signed_like_the_example_of_standard_webhooks() -> None:
    notice = Fixed("msg_p5jXN8AQM9LWM0D4loKWxJek", "", "", None, "", "", "", ())
    headers = notice.headers(1614265330, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert headers["webhook-timestamp"] == "1614265330"


def test_a_secret_of_any_form_signs_and_none_does_not() -> None:
    assert "webhook-signature" not in NOTICE.headers(1, None)
    signatures = {
        NOTICE.headers(1, secret)["webhook-signature"]
        for secret in ("s3cret", "whsec_not base64", "whsec_czNjcmV0eA==")
    }
    assert len(signatures) == 3


def world() -> World:
    made = World({"company": {"display_name": "git"}}, (read("master", "company"),))
    made.sync()
    return made


def test_an_apply_says_what_changed_and_the_digest_of_the_value() -> None:
    import hashlib

    made = world()
    made.files["company"]["display_name"] = "newer"
    evaluation, journal = made.sync()
    notice = of_applied(evaluation, journal, KEYS, "merge 7", NOW)
    assert notice is not None
    told = json.loads(notice.body())
    assert told["type"] == "fieldkeep.document.applied"
    data = told["data"]
    value = made.store.values[KEYS.document].value
    assert data["digest"] == "sha256:" + hashlib.sha256(value).hexdigest()
    assert data["changes"] == [
        {"field": "company", "action": "update", "attributes": ["display_name"]}
    ]
    assert (data["commit"], data["actor"], data["reason"]) == (US.commit, "ada", "merge 7")
    assert notice.run == made.store.json(KEYS.record)["run"]
    assert b"newer" not in notice.body()  # names, no values
    assert len(notice.brief()) < 150  # Consul's events are small


def test_what_writes_no_document_is_not_told() -> None:
    made = world()
    evaluation, journal = made.sync()
    assert of_applied(evaluation, journal, KEYS, "sync", NOW) is None
    made.edit("company", icon="box")
    evaluation, journal = made.sync()  # a capture
    assert journal.steps
    assert of_applied(evaluation, journal, KEYS, "sync", NOW) is None


def test_a_restore_is_told() -> None:
    made = world()
    made.files["company"]["display_name"] = "newer"
    made.sync()
    shot, stored = made.look()
    assert isinstance(shot, Snapshot)
    planned = restoration(
        stored.history.valid[1],
        shot,
        stored,
        RestoreOptions(US, DOCUMENT_SCHEMA),
        desired=None,
        now=NOW,
    )
    from fieldkeep.core.journal.journal import Run

    journal = planned.journal(Run("r1", NOW, "undo", US), made.limits)
    notice = of_restored(planned, journal, KEYS, "undo", NOW, "staging")
    assert notice is not None
    told = json.loads(notice.body())
    assert told["type"] == "fieldkeep.document.restored"
    assert told["data"]["environment"] == "staging"
    assert told["data"]["changes"] == [
        {"field": "company", "action": "update", "attributes": ["display_name"]}
    ]
    assert notice.run == "r1"
