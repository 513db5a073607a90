"""actions/cache: a folder that later jobs find again under the same key.

As on GitHub, a cache belongs to the ref whose run saved it: a run finds those of its own ref, of
the branch that its pull request goes into, and of the default branch. It is saved after the job's
last step, if all of them were fine and the key was not found.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tests.actions.unknown import Unknown, words
from tests.actions.workflow import Step

if TYPE_CHECKING:
    from tests.actions.stepping import Done, Frame

INPUTS = words("path key")


def act(frame: Frame, step: Step, given: Mapping[str, str], done: Done) -> None:
    del step
    running, path = frame.running, given.get("path", "")
    if not path or not given.get("key") or len(path.splitlines()) > 1:
        raise Unknown(f"cache of path {path!r} under the key {given.get('key')!r}")
    event, folder = running.event, running.machine.workspace / path
    refs = (event.ref, f"refs/heads/{event.base_ref}", "refs/heads/main")
    caches = running.runner.folder / "caches"
    kept = [caches / hashlib.sha256(f"{ref} {given['key']}".encode()).hexdigest() for ref in refs]
    found = next((one for one in kept if one.exists()), None)
    done.outputs["cache-hit"] = "true" if found else ""
    if found:
        shutil.copytree(found, folder, dirs_exist_ok=True)
        done.log.append(f"Cache restored from key: {given['key']}")
        return
    done.log.append(f"Cache not found for input keys: {given['key']}")

    def save() -> None:
        if running.ok and folder.exists() and not kept[0].exists():
            shutil.copytree(folder, kept[0])

    running.posts.append(save)
