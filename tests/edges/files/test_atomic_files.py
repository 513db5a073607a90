"""Files that are written whole: new ones, our own, and several field files at once."""

from __future__ import annotations

import fcntl
import os
import resource
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from fieldkeep.edges.files import atomic_files
from fieldkeep.edges.files.atomic_files import Change
from fieldkeep.errors import Refused, Unavailable, UsageError


def contents(folder: Path) -> dict[str, bytes]:
    """Temporary files too, should one have stayed."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_new_files_are_made_with_their_folder(tmp_path: Path) -> None:
    saved = atomic_files.save(tmp_path / "a" / "b", {"x": b"1", "y": b"2"})
    assert saved == (tmp_path / "a" / "b" / "x", tmp_path / "a" / "b" / "y")
    assert contents(tmp_path / "a" / "b") == {"x": b"1", "y": b"2"}


def test_no_new_file_stays_if_one_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "y").write_bytes(b"old")
    with pytest.raises(Unavailable, match=f"^{tmp_path}/y: is there already"):
        atomic_files.save(tmp_path, {"x": b"1", "y": b"2"})
    assert contents(tmp_path) == {"y": b"old"}


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "copies").write_bytes(b"old")
    with pytest.raises(Unavailable, match=f"^{tmp_path}/copies: is there already"):
        atomic_files.save(tmp_path / "copies", {"x": b"1"})


@pytest.mark.parametrize("taken", [False, True])
def test_a_file_system_without_hard_links(
    tmp_path: Path, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    if not taken:
        atomic_files.save(tmp_path, {"x": b"1"})
        assert contents(tmp_path) == {"x": b"1"}
        return
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(Unavailable, match=f"^{tmp_path}/x: is there already"):
        atomic_files.save(tmp_path, {"x": b"1"})
    assert contents(tmp_path) == {"x": b"old"}


def test_only_our_own_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    for content in (b"ours 1", b"ours 2"):
        atomic_files.put(path, "plan.json", content, lambda old: old.startswith(b"ours"))
    assert contents(tmp_path) == {"plan.json": b"ours 2"}
    path.write_bytes(b"a letter")
    with pytest.raises(UsageError, match="is no plan, and is not written over"):
        atomic_files.put(path, "plan.json", b"ours 3", lambda old: old.startswith(b"ours"))
    assert contents(tmp_path) == {"plan.json": b"a letter"}


def test_field_files_keep_their_mode_and_their_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yaml").write_bytes(b"old")
    (tmp_path / "real" / "a.yaml").chmod(0o640)
    (tmp_path / "a.yaml").symlink_to("real/a.yaml")
    new = tmp_path / "b.yaml"
    atomic_files.replace_all(
        [Change(tmp_path / "a.yaml", b"old", b"new"), Change(new, None, b"created")]
    )
    assert (tmp_path / "a.yaml").is_symlink()
    assert contents(tmp_path / "real") == {"a.yaml": b"new"}
    assert (tmp_path / "real" / "a.yaml").stat().st_mode & 0o777 == 0o640
    plain = tmp_path / "plain"
    plain.touch()
    assert new.read_bytes() == b"created"
    assert new.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("now", [b"edited", None])
def test_nothing_is_written_if_a_file_changed_since_it_was_read(
    tmp_path: Path, now: bytes | None
) -> None:
    if now is not None:
        (tmp_path / "b.yaml").write_bytes(now)
    before = contents(tmp_path)
    changes = [Change(tmp_path / "a.yaml", None, b"1"), Change(tmp_path / "b.yaml", b"old", b"2")]
    with pytest.raises(Refused, match=r"b\.yaml: changed since it was read"):
        atomic_files.replace_all(changes)
    assert contents(tmp_path) == before


def test_a_writer_waits_for_the_one_before_it(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    path.write_bytes(b"old")
    first = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(first, fcntl.LOCK_EX)
    with ThreadPoolExecutor() as pool:
        second = pool.submit(atomic_files.replace_all, [Change(path, b"old", b"second")])
        assert not wait([second], timeout=0.2).done
        path.write_bytes(b"first")
        os.close(first)
        with pytest.raises(Refused, match="changed since it was read"):
            second.result()
    assert contents(tmp_path) == {"company.yaml": b"first"}


def test_a_file_moves_only_as_it_was_read_and_to_a_free_name(tmp_path: Path) -> None:
    old, new = tmp_path / "a.yaml", tmp_path / "b.yaml"
    old.write_bytes(b"edited")
    with pytest.raises(Refused, match=r"a\.yaml: changed since it was read; nothing was renamed"):
        atomic_files.move(old, b"as read", new, b"new")
    assert contents(tmp_path) == {"a.yaml": b"edited"}
    new.write_bytes(b"theirs")
    with pytest.raises(Refused, match=r"b\.yaml: is there now; it was left alone"):
        atomic_files.move(old, b"edited", new, b"new")
    assert contents(tmp_path) == {"a.yaml": b"edited", "b.yaml": b"theirs"}


def test_a_content_that_cannot_be_written_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_bytes(b"")
    changes = [
        Change(tmp_path / "a.yaml", None, b"1"),
        Change(tmp_path / "blocked" / "b.yaml", None, b"2"),
    ]
    with pytest.raises(Unavailable, match="blocked: "):
        atomic_files.replace_all(changes)
    assert contents(tmp_path) == {"blocked": b""}


def test_a_full_disk_is_told_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3, limits[1]))
    try:
        with pytest.raises(Unavailable, match=r"/a\.yaml: File too large"):
            atomic_files.replace_all([Change(path, b"old", b"longer")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert contents(tmp_path) == {"a.yaml": b"old"}
