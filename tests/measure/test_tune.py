"""A tuning of real guests: settings that cannot be built, that die, and workers that measure."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import unikernel as uk

pytestmark = pytest.mark.boot
WORK = """
let start () =
  let kept = List.init {{kept}} (fun n -> Bytes.make 100_000 (Char.chr (n land 127))) in
  let work = ref 0 in
  for n = 1 to int_of_string Sys.argv.(1) do work := Sys.opaque_identity (!work + n) done;
  Printf.printf "%d %d\\n" !work (List.length kept)
"""
AXES = {
    "kept": [1, 10, 1000, '"no number"'],  # the third needs 100 MB
    "rounds": [1, 100_000_000, 300_000_000],
    "memory_mib": [16, 32],
}


def test_what_cannot_be_built_or_dies_is_learnt_from_and_workers_measure():
    with ThreadPoolExecutor(2) as executor:
        found = uk.tune(
            *("boot", WORK, AXES),
            at_most=20,
            executor=executor,
            target="unix",
            arguments=["{{rounds}}"],
            warm_ups=0,
        )
    assert len(found.trials) <= 20
    best = found.best().settings
    assert best["kept"] in (1, 10)
    assert best["rounds"] == 1
    failed = {point.labels["kept"]: point.failure for point in found.failed}
    assert set(failed) <= {1000, '"no number"'}
    if '"no number"' in failed:
        assert failed['"no number"'].stage == "build"
    assert len(found.failed) >= 2
