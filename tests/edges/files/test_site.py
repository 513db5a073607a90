"""A page is written into a folder of its own, and into no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkeep.edges.files import site
from fieldkeep.errors import UsageError


def is_ours(content: bytes) -> bool:
    return content.startswith(b"ours")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_new_folder_an_empty_one_and_one_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "site"
    site.write(folder, "site", b"ours 1", is_ours)
    assert files(folder) == {"index.html": b"ours 1"}
    site.write(folder, "site", b"ours 2", is_ours)
    assert files(folder) == {"index.html": b"ours 2"}
    (tmp_path / "empty").mkdir()
    site.write(tmp_path / "empty", "empty", b"ours", is_ours)
    assert files(tmp_path / "empty") == {"index.html": b"ours"}


@pytest.mark.parametrize("name", ["index.html", "notes.txt"])
def test_what_somebody_else_put_there_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"theirs")
    with pytest.raises(UsageError, match="is not written over"):
        site.write(tmp_path, "site", b"ours", is_ours)
    assert files(tmp_path) == {name: b"theirs"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "site").write_bytes(b"theirs")
    with pytest.raises(UsageError, match="is not written over"):
        site.write(tmp_path / "site", "site", b"ours", is_ours)
    assert files(tmp_path) == {"site": b"theirs"}


def test_a_link_in_the_place_of_the_page_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_bytes(b"ours, elsewhere")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").symlink_to(outside)
    site.write(tmp_path / "site", "site", b"ours", is_ours)
    assert outside.read_bytes() == b"ours, elsewhere"
    assert files(tmp_path / "site") == {"index.html": b"ours"}
