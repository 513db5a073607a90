"""Files that the command line names as input."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkeep.core.common.shape import Unreadable
from fieldkeep.edges.files import input_files
from fieldkeep.errors import InputError
from fieldkeep.model import MAX_INPUT_BYTES


def test_a_file_is_read_with_the_name_that_the_user_gave(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(b"{}")
    source = input_files.read(tmp_path / "plan.json", "here/plan.json")
    assert (source.path, source.content) == ("here/plan.json", b"{}")
    assert input_files.read_artifact(tmp_path / "plan.json") == b"{}"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none", "there is no such file"),
        ("folder", "is no regular file"),
    ],
)
def test_what_is_no_readable_file(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=f"^shown: {why}$"):
        input_files.read(tmp_path / name, "shown")
    assert input_files.read_artifact(tmp_path / name) == Unreadable(f"{name}: {why}")


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_INPUT_BYTES * 2)
    assert len(input_files.read(tmp_path / "large", "large").content) == MAX_INPUT_BYTES + 1
    assert isinstance(input_files.read_artifact(tmp_path / "large"), Unreadable)
