import contextlib
import json
import os
import resource

import pytest

import unikernel as uk
from unikernel.errors import JournalUnwritable, Unfinished, UsageError
from unikernel.exploration.journal import Journal

QUESTION = {"what": "boot", "axes": {"memory_mib": ["16", "32"]}}
RUN = {"settings": {"memory_mib": "16"}, "sample": 0, "is_baseline": False}
RECORD = {"run": RUN, "worker": "here/1", "at_s": 1.0, "rows": [["a", 1.0, "ms", {}]]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


def written(path, *records, question=QUESTION):
    with Journal(path, question) as journal:
        for record in records:
            journal.append(record)
    return path.read_bytes()


def read(path, question=QUESTION):
    with Journal(path, question) as journal:
        return journal.records


def test_records_are_there_when_it_is_opened_again(path):
    other = {**RECORD, "rows": []}
    written(path, RECORD, other)
    assert read(path) == [RECORD, other]
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_a_line_that_was_torn_is_taken_off(path):
    whole = written(path, RECORD, RECORD)
    head = whole.index(b"\n") + 1
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        found = read(path)
        assert found == [RECORD] * (whole[:length].count(b"\n") - 1 if length >= head else 0)
        assert path.read_bytes().endswith(b"\n")
    path.write_bytes(whole[:-5])
    written(path, RECORD)
    assert path.read_bytes() == whole


def test_a_file_of_something_else_is_refused_and_left_as_it_is(path):
    whole = written(path, RECORD)
    changed = whole.replace(b'"boot"', b'"size"')
    for contents, message in (
        (b"precious\n", "something else"),
        (b"precious", "something else"),
        (b'{"journal": 1}\n', "something else"),
        (b"[1]\n", "something else"),
        (whole.replace(b'"journal":1', b'"journal":9'), "another release"),
        (changed, "another question: it is of another measurement"),
        (
            whole.replace(b'"32"', b'"64"'),
            "axis memory_mib is 16, 64 in it, and here 16, 32",
        ),
        (whole + b"{}\n", "line 3 is no record"),
        (whole + b"\xff\n", "line 3 is no record"),
        (whole.replace(b'"sample":0', b'"sample":-7'), "line 2 is no record"),
        (whole.replace(b'"sample":0', b'"sample":0.5'), "line 2 is no record"),
        (whole.replace(b'"at_s":1.0,', b""), "line 2 is no record"),
        (whole.replace(b'[["a",', b'[["a"],'), "line 2 is no record"),
    ):
        path.write_bytes(contents)
        with pytest.raises(UsageError, match=message):
            Journal(path, QUESTION)
        assert path.read_bytes() == contents


def test_two_sweeps_do_not_write_one_file(path):
    with Journal(path, QUESTION), pytest.raises(UsageError, match="another sweep"):
        Journal(path, QUESTION)
    assert read(path) == []


def test_what_cannot_be_a_journal_is_refused(tmp_path):
    with pytest.raises(UsageError, match="there is no folder"):
        Journal(tmp_path / "none" / "journal", QUESTION)
    with pytest.raises(JournalUnwritable, match="directory"):
        Journal(tmp_path, QUESTION)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no file"):
        Journal(tmp_path / "pipe", QUESTION)


@contextlib.contextmanager
def files_of_at_most(size_bytes):
    """Refuse what goes beyond, as a full disk does: the last write is cut short."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def measure(image, *, memory_mib):
    row = uk.Measurement("made.up", float(memory_mib), "ms", {"long": "dimension " * 10})
    return uk.Measurements([row])


def test_a_full_disk_ends_a_sweep_which_goes_on_when_there_is_room(image, path):
    axes = {"memory_mib": range(1, 11)}
    with files_of_at_most(2000), pytest.raises(Unfinished) as caught:
        uk.sweep(measure, image, axes, file=path, repeat=1)
    assert "could not go on after" in caught.value.what
    assert f"Cannot write {path}" in caught.value.detail
    assert "Make room" in caught.value.detail
    assert 2 < caught.value.found.done < 10
    assert not path.read_bytes().endswith(b"\n")
    found = uk.sweep(measure, image, axes, file=path, repeat=1)
    assert found.complete
    assert [point.median("made.up") for point in found.points] == list(range(1, 11))
