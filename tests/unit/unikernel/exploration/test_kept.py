"""What a sweep's journal has, read without its question."""

import json

import pytest

import unikernel as uk
from unikernel.errors import MeasurementFailed, UsageError

AXES = {"memory_mib": [16, 32], "environment": [{"A": "1"}, {"A": "0.5"}], "on": [True, False]}


def measure(image, *, memory_mib, environment, on):
    if memory_mib == 32 and on:
        raise MeasurementFailed("it hangs")
    row = uk.Measurement("made.up", memory_mib * float(environment["A"]), "ms", {"image": "web"})
    return uk.Measurements([row])


def test_a_journal_reads_as_the_sweep_that_wrote_it(image, tmp_path):
    file = tmp_path / "journal"
    found = uk.sweep(measure, image, AXES, repeat=2, file=file)
    before = file.read_bytes()
    again = uk.swept(file)
    assert str(again) == str(found)
    assert again.to_frame().equals(found.to_frame())
    assert again.axes["memory_mib"] == (16, 32)
    assert again.axes["on"] == (True, False)
    assert (again.what, again.subject) == ("measure", "web")
    assert len(again.baseline) == len(found.baseline)
    assert file.read_bytes() == before


def test_a_journal_that_is_being_written_can_be_read(image, tmp_path):
    file = tmp_path / "journal"
    read = []

    def look(what, done, total):
        read.append(len(uk.swept(file).rows))

    axes = {"memory_mib": [16], "environment": [{"A": "1"}], "on": [False]}
    uk.sweep(measure, image, axes, repeat=3, file=file, progress=look)
    assert read[-1] == 3
    file.write_bytes(file.read_bytes()[:-5])  # torn
    assert len(uk.swept(file).rows) == 2


def test_what_is_no_journal_of_a_sweep_is_refused(tmp_path):
    head = {"journal": 1, "question": {"what": "boot", "axes": {"a": ["1"]}, "seed": 0}}
    for question, message in (
        ({**head["question"], "tuning": 0}, "of a tuning"),
        ({"what": "boot"}, "has no axes"),
        ({"what": "boot", "axes": {"a": 3}}, "has no axes"),
        ({"what": "boot", "axes": {"a": []}}, "has no value"),
        ({"what": "boot", "axes": {str(n): ["1", "2"] for n in range(40)}}, "points"),
    ):
        file = tmp_path / "journal"
        file.write_text(json.dumps({**head, "question": question}) + "\n")
        with pytest.raises(UsageError, match=message):
            uk.swept(file)
    for data in (b"", b"\n", b"\xff\n"):
        file.write_bytes(data)
        with pytest.raises(UsageError, match="something else"):
            uk.swept(file)
    with pytest.raises(UsageError, match="Cannot read"):
        uk.swept(tmp_path)
