"""Sweeps of real guests: what cannot be built, what hangs, what an executor does."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest
from support.exploration.sweeps import WORDS

import unikernel as uk
from unikernel.errors import Unfinished, UsageError
from unikernel.exploration import shipping, worker
from unikernel.machines import registry
from unikernel_toolchain.store import cache

pytestmark = pytest.mark.boot
UNIX = {"target": "unix", "warm_ups": 0}
SAYS = "let start () = print_endline {{said}}\n"


def test_parameters_stand_in_programs_arguments_and_variables():
    program = """
let start () =
  let variable = try Sys.getenv "WINDOW" with Not_found -> "none" in
  if (Sys.argv.(1), variable, {{window}}) = ("--window=" ^ "{{window}}", "{{window}}", 16)
  then print_endline "as it is to be" else exit 3
"""
    found = uk.sweep(
        "boot",
        program,
        {"window": [16, 32]},
        repeat=1,
        arguments=["--window={{window}}"],
        environment={"WINDOW": "{{window}}"},
        **UNIX,
    )
    assert [point.failure is None for point in found.points] == [True, False]
    assert "status 3" in found.points[1].failure.reason


def test_what_does_not_compile_is_one_row_and_built_once():
    told = []
    axes = {"said": ['"a"', "1"], "memory_mib": [16, 32]}
    found = uk.sweep("boot", SAYS, axes, progress=lambda *step: told.append(step), **UNIX)
    assert [point.labels["said"] for point in found.failed] == ["1", "1"]
    failure = found.failed[0].failure
    assert failure.stage == "build"
    assert "print_endline 1" in failure.detail
    frame = found.to_frame()
    assert list(frame[frame.failed != ""].memory_mib) == [16, 32]
    assert told[-1][1:] == (14, 14)  # with the baseline; what cannot be built is done
    assert all(len({row.sample for row in point.rows}) == 3 for point in found.points[:2])


def test_a_parameter_that_nothing_was_given_for_is_named():
    found = uk.sweep("boot", SAYS, {"memory_mib": [16]}, repeat=1, **UNIX)
    assert found.points[0].failure.reason.startswith(
        "Nothing sets {{said}} of the program. 'sweep'"
    )
    assert "--set said=…" in str(found)


def test_a_guest_that_hangs_costs_its_limit_twice():
    program = """
let start () =
  if {{hangs}} then while true do ignore (Sys.opaque_identity 1) done
  else print_endline "<script>alert(1)</script>\\027[31m"
"""
    found = uk.sweep("boot", program, {"hangs": [False, True]}, repeat=4, timeout_s=0.3, **UNIX)
    (failed,) = found.failed
    assert failed.labels == {"hangs": True}
    assert len(failed.failures) == 2
    assert "within 0.3 s" in failed.failure.reason
    assert registry.machines() == ()
    assert len({row.sample for row in found.points[0].rows}) == 4


def test_an_image_is_measured_as_it_is_and_stays_the_one_of_its_name(config):
    image = uk.build(WORDS.replace("{{word}}", "one"), name="of one name", target="unix")
    axes = {"target": ["unix", "virtio"], "symbols": [True, False]}
    found = uk.sweep("size", image, axes)
    sizes = [point.median("size.image") for point in found.points]
    assert sizes[0] == image.size_bytes
    assert len(set(sizes)) == 4
    assert uk.image("of one name") == image
    with pytest.raises(UsageError, match="cannot be chosen any more"):
        uk.sweep("size", image, {"language": ["c"]})


def test_threads_measure_at_once_and_an_interrupt_takes_the_rest_back(tmp_path):
    def stop(what, done, total):
        if what.startswith("boot") and done == 4:
            raise KeyboardInterrupt

    axes = {"memory_mib": range(12, 32)}
    program = WORDS.replace("{{word}}", "threads")
    asked = {"file": tmp_path / "journal", "repeat": 1, **UNIX}
    with ThreadPoolExecutor(2) as pool:
        with pytest.raises(Unfinished, match="interrupted after 4 of 22"):
            uk.sweep("boot", program, axes, executor=pool, progress=stop, **asked)
        found = uk.sweep("boot", program, axes, executor=pool, **asked)
    assert found.complete
    assert not found.failed


def test_an_executor_that_ends_or_hangs_ends_the_sweep():
    class Hanging(Executor):
        def submit(self, fn, /, *args, **kwargs):
            return Future()

    program = WORDS.replace("{{word}}", "threads")
    with ThreadPoolExecutor(1) as ended:
        pass
    for executor, message in ((ended, "takes no more work"), (Hanging(), "the workers are gone")):
        with pytest.raises(Unfinished, match="could not go on after 0 of 4") as caught:
            uk.sweep(
                "boot",
                program,
                {"memory_mib": [16, 32]},
                executor=executor,
                patience_s=0.3,
                repeat=1,
                **UNIX,
            )
        assert message in caught.value.detail


@pytest.fixture
def sent():
    """An image of this cache, and what another process would be told and sent of it."""
    image = uk.build(WORDS.replace("{{word}}", "sent"), name="sent", target="unix")
    return image, shipping.reference(image), shipping.pack(image)


def test_an_image_is_sent_to_who_lacks_it(sent, tmp_path, monkeypatch):
    image, wanted, files = sent
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    task = {
        "version": worker.release(),
        "image": wanted,
        "settings": {},
        "warm_ups": 0,
        "sweep": "s",
    }
    assert worker.measure("boot", task, None) == worker.LACKS_IMAGE
    record = worker.measure("boot", task, files)
    assert record["dimensions"]["digest"] == image.digest[:12]
    assert record["rows"]
    there = cache.image_folder(image.digest)
    assert (there / "image").read_bytes() == image.path.read_bytes()
    assert worker.measure("boot", task, None)["rows"]  # it is kept
    (there / "image").write_bytes(b"another")
    assert worker.measure("boot", task, None) == worker.LACKS_IMAGE
    assert worker.measure("boot", task, files)["rows"]


def test_files_of_another_image_are_refused(sent, tmp_path, monkeypatch):
    _, wanted, files = sent
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    with pytest.raises(UsageError, match="are not those of it"):
        shipping.find({**wanted, "sha256": "0" * 64}, files)
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "another"))
    with pytest.raises(UsageError, match="no name of a file"):
        shipping.find(wanted, {"../outside": files["image"]})
    assert not list(tmp_path.rglob("outside"))


def test_a_worker_of_another_release_says_so():
    record = worker.measure("boot", {"version": "0.0.1"}, None)
    assert "the sweep is 0.0.1's" in record["failure"]["reason"]
    assert record["failure"]["stage"] == "host"
