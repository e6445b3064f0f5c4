"""A model's files come back as they were written, and whatever is wrong with them is one sentence."""

import pytest

from core.hub.errors import ArtifactError
from core.hub.model_files import load_files, save_files


def read_weight(files) -> float:
    return float(files["weight"])


def test_files_come_back_and_folders_are_passed_over(tmp_path):
    save_files({"weight": b"2.5", "other": b"\x00\xff"}, tmp_path / "a" / "model")
    (tmp_path / "a" / "model" / "folder").mkdir()
    assert load_files(tmp_path / "a" / "model", dict) == {"weight": b"2.5", "other": b"\x00\xff"}
    assert load_files(tmp_path / "a" / "model", read_weight) == 2.5


@pytest.mark.parametrize("files", [{}, {"weight": b"heavy"}])
def test_a_part_that_lacks_or_is_wrong_is_said(tmp_path, files):
    save_files(files, tmp_path / "model")
    with pytest.raises(ArtifactError, match="the stored model lacks a part or holds a wrong one"):
        load_files(tmp_path / "model", read_weight)


def test_a_folder_that_cannot_be_used_is_said(tmp_path):
    with pytest.raises(ArtifactError, match="the model cannot be read: No such file"):
        load_files(tmp_path / "nothing", read_weight)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArtifactError, match="the model cannot be written: File exists"):
        save_files({"weight": b"1"}, tmp_path / "file")
