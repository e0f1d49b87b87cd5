"""A console's log: all of it in files, as far as there is room."""

from pathlib import Path

import pytest

from unikernel.host import console_log
from unikernel.host.console_log import PARTS, ConsoleLog, parts_of

PIECE = b"a piece of 20 bytes\n"


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setattr(console_log, "MOST_BYTES", 100 * len(PIECE) * PARTS)
    log = ConsoleLog(tmp_path / "console.log")
    yield log
    log.close()


def pieces(first, last):
    return [b"%19d\n" % number for number in range(first, last)]


def test_what_fits_is_there_whole(log, tmp_path):
    for piece in (written := pieces(0, 750)):
        log.add(piece)
    assert b"".join(log) == b"".join(written)
    assert b"".join(parts_of(tmp_path / "console.log")) == b"".join(written)
    assert log.left_out == 0


def test_of_what_does_not_fit_the_last_stays_and_the_rest_is_counted(log, tmp_path):
    for piece in (written := pieces(0, 12_345)):
        log.add(piece)
    kept = b"".join(log)
    assert kept == b"".join(written)[-len(kept) :]
    assert 700 * len(PIECE) <= len(kept) <= 800 * len(PIECE)
    assert log.left_out + len(kept) == 12_345 * len(PIECE)
    assert b"".join(parts_of(tmp_path / "console.log")) == kept, "another process reads the same"
    assert len([*tmp_path.iterdir()]) == PARTS


def test_a_part_that_is_full_while_another_process_reads_is_read_once(log, tmp_path, monkeypatch):
    written = pieces(0, 150)
    for piece in written:
        log.add(piece)
    glob = Path.glob

    def glob_later(path, pattern):
        for piece in pieces(150, 350):  # two parts become full between the open and the listing
            log.add(piece)
        return glob(path, pattern)

    monkeypatch.setattr(Path, "glob", glob_later)
    kept = b"".join(parts_of(tmp_path / "console.log"))
    assert kept.startswith(b"".join(written))
    assert kept == b"".join(pieces(0, len(kept) // len(PIECE)))


def test_it_stays_when_its_folder_has_gone(log, tmp_path):
    for piece in (written := pieces(0, 250)):
        log.add(piece)
    for path in tmp_path.iterdir():
        path.unlink()
    assert b"".join(log) == b"".join(written)
    log.close()
    assert b"".join(log) == b""
    assert b"".join(parts_of(tmp_path / "console.log")) == b""


def test_a_full_disk_is_counted_and_stops_nobody():
    log = ConsoleLog(Path("/dev/full"))
    log.add(PIECE)
    assert log.left_out == len(PIECE)
    log.close()


def test_it_takes_no_more_than_its_share_of_the_space(tmp_path, monkeypatch):
    monkeypatch.setattr(console_log.shutil, "disk_usage", lambda _: Usage(80 * len(PIECE) * PARTS))
    log = ConsoleLog(tmp_path / "console.log")
    for piece in pieces(0, 1000):
        log.add(piece)
    assert sum(map(len, log)) <= 8 * len(PIECE) * PARTS
    log.close()


class Usage:
    def __init__(self, free):
        self.free = free
