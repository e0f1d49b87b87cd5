"""A profile: functions by what they did, and calls in the form that other tools read."""

from dataclasses import replace

import pytest

from unikernel.errors import UsageError
from unikernel.model.debugging.profile import OCAML, RUNTIME, C, Function, Profile, kind
from unikernel.model.debugging.samples import Samples, checked_request

CALLS = {
    ("main", "Cell.f"): 3,
    ("main", "Cell.f", "Cell.f"): 2,  # recursion counts once
    ("main", "Cell.f", "caml_alloc"): 1,
    ("main",): 2,
}
PROFILE = Profile("hello", CALLS, idle=2, seconds=2.0, held_s=0.05, dimensions={})


def test_functions_are_ranked_by_what_they_did_themselves():
    assert PROFILE.functions == (
        Function("Cell.f", 5, 6),
        Function("main", 2, 8),
        Function("caml_alloc", 1, 1),
    )
    assert PROFILE.samples == 8


def test_the_text_says_all():
    text = str(PROFILE)
    assert "looked at 10 times in 2.0 s, idle in 20% (held for it 2.5% of the time)" in text
    assert "  62.5%   75.0%  Cell.f" in text
    assert "in 2.0 s, less often than asked since looks take long, idle" in str(
        replace(PROFILE, put_off=9)
    )
    assert "never seen" in str(Profile("hello", {}, 3, 1.0, 0.0, {}))


def test_calls_are_folded_as_flamegraph_reads_them(tmp_path):
    lines = PROFILE.folded().splitlines()
    assert lines[0] == "main 2"
    assert "main;Cell.f;caml_alloc 1" in lines
    PROFILE.save(str(tmp_path / "a.folded"))
    assert (tmp_path / "a.folded").read_text() == PROFILE.folded()


def test_a_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"\.folded or \.txt"):
        PROFILE.save(str(tmp_path / "a.svg"))
    with pytest.raises(UsageError, match="there is no folder"):
        PROFILE.save(str(tmp_path / "no" / "a.folded"))


def test_the_table_has_shares():
    frame = PROFILE.to_frame()
    assert list(frame["function"]) == ["Cell.f", "main", "caml_alloc"]
    assert list(frame["own_share"]) == [5 / 8, 2 / 8, 1 / 8]
    assert list(frame["kind"]) == [OCAML, C, RUNTIME]


@pytest.mark.parametrize(
    ("name", "of"),
    [("Stdlib.List.iter", OCAML), ("pad.part.0", C), ("caml_main", RUNTIME), ("[outside]", C)],
)
def test_names_tell_what_a_function_is_of(name, of):
    assert kind(name) == of


def test_samples_come_out_of_a_file_as_they_went_in(tmp_path):
    samples = Samples({(1, 2, 3): 4, (5,): 1}, idle=7, seconds=1.5, held_s=0.25)
    samples.write(str(tmp_path / "a"))
    assert Samples.read(str(tmp_path / "a")) == samples


@pytest.mark.parametrize("asked", [(0, 100), (-1, 100), (1e9, 100), (1, 0), (1, 1e9)])
def test_a_profile_of_no_time_or_of_too_much_is_refused(asked):
    with pytest.raises(UsageError, match="A profile takes"):
        checked_request(*asked)
