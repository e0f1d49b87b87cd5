import resource
import stat

import pytest

from unikernel.errors import UsageError
from unikernel.model.calls.saving import saved
from unikernel.model.measurement import Measurement, Measurements

ROWS = Measurements([Measurement("boot.total", 1.0, "ms", {"image": "hello"})] * 100)


@pytest.fixture
def little_room():
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_cannot_be_written_whole_leaves_what_was_there(tmp_path, little_room):
    older = tmp_path / "a.jsonl"
    older.write_text("older")
    with pytest.raises(UsageError, match=r"a\.jsonl: the file would be larger") as caught:
        ROWS.save(older)
    assert caught.value.hint == "Make room, or name a file on another disk."
    with pytest.raises(UsageError):
        ROWS.save(tmp_path / "new.jsonl")
    assert list(tmp_path.iterdir()) == [older]
    assert older.read_text() == "older"


def test_a_full_disk_is_told(tmp_path):
    (tmp_path / "a.jsonl").symlink_to("/dev/full")
    with pytest.raises(UsageError, match=r"a\.jsonl: the disk is full") as caught:
        ROWS.save(tmp_path / "a.jsonl")
    assert caught.value.hint == "Make room, or name a file on another disk."
    assert (tmp_path / "a.jsonl").is_symlink(), "a device is written itself"


def test_an_interrupted_one_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("older")
    draft = saved(path)
    draft.__enter__().write_text("half")
    assert draft.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None) is not True
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path):
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text("older")
    path.chmod(0o600)
    link.symlink_to(path)
    with saved(link) as file:
        assert file.suffix == ".txt"
        file.write_text("newer")
    assert path.read_text() == "newer"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert link.is_symlink()


@pytest.mark.parametrize(("name", "why"), [("no/a", "there is no folder"), (".", "directory")])
def test_a_place_that_is_none_is_told(name, why, tmp_path):
    with pytest.raises(UsageError, match=why), saved(tmp_path / name) as file:
        file.write_text("")
