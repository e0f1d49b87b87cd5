"""The command `sweep`, without a guest."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from support.fake_machine import only_one
from traitlets.config import Config

from unikernel.errors import UsageError
from unikernel.exploration import measurements
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.completion import complete
from unikernel.frontends.commands.exploring import axes
from unikernel.frontends.commands.parsers import parse, split
from unikernel.frontends.notebook.magics import UnikernelMagics
from unikernel.model.measurement import Measurement, Measurements


@pytest.fixture
def taken(tmp_path, only_these, monkeypatch):
    """The settings of what was measured, one after the other."""
    only_one(only_these, tmp_path)
    taken = []

    def boot(image, *, repeat, warm_ups, **choices):
        taken.append(choices)
        where = {"image": image.name, "target": "virtio"}
        return Measurements([Measurement("boot.total", 10.0 + len(taken), "ms", where)])

    monkeypatch.setitem(measurements.BY_NAME, "boot", boot)
    return taken


def run(line, cell=None):
    return actions.run(Call(parse(split(line)), cell))


def test_each_combination_is_measured(taken, tmp_path):
    file, picture = tmp_path / "journal", tmp_path / "plot.svg"
    line = f"sweep boot hello --axis memory_mib=32,64 -a machine=microvm,q35 -r 2 -o {file}"
    found = run(f"{line} --env A=1 --warm-ups 0 --save {picture}")
    assert [point.labels for point in found.points] == [
        {"memory_mib": mib, "machine": machine}
        for mib in (32, 64)
        for machine in ("microvm", "q35")
    ]
    assert len(taken) == 2 * 4 + 2
    assert all(one["environment"] == {"A": "1"} for one in taken)
    assert "<svg" in picture.read_text()
    run(f"{line} --env A=1 --warm-ups 0")
    assert len(taken) == 10  # all is in the file


def test_values_are_numbers_truths_and_texts():
    assert axes.axis("a=1,-2,0.5,true,007,tap") == ("a", [1, -2, 0.5, True, "007", "tap"])
    assert axes.axis('packages="lwt,cstruct",lwt') == ("packages", ["lwt,cstruct", "lwt"])
    assert axes.setting("environment=OCAMLRUNPARAM=s=4k") == (
        "environment",
        "OCAMLRUNPARAM=s=4k",
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("sweep boot hello", "no axis is given"),
        ("sweep boot hello -a memory_mib", "not of the form NAME=VALUE"),
        ("sweep boot hello -a memory_mib=", "no value behind"),
        ("sweep boot hello -a memory_mib=1 -a memory_mib=2", "given twice"),
        ("sweep boot hello -a memori_mib=1", "Did you mean 'memory_mib'"),
        ("sweep boot hello -a memory_mib=1 -s window=2", "'window' is no setting"),
        ("sweep boot hello -a memory_mib=1 --streams 2", "takes no streams"),
        ("sweep boot hello -a memory_mib=1 --save plot.doc", "names no format"),
        ("sweep boot hello -a memory_mib=1 --save none/plot.png", "there is no folder"),
        ("sweep boot hello -a memory_mib=1 --save /dev/null/a.csv", "there is no folder"),
        ("sweep boot hello -a memory_mib=16,32 -m 64", "another flag gives as well: 64"),
        ("sweep boot hello -a machine=q35 -m 64 -s memory_mib=32", "another flag gives as well"),
        ("sweep boot hello -a memory_mib=16..128", "memory_mib=16,32,64,128"),
        ("sweep boot hello -a memory_mib=8,16...20", "memory_mib=16,18,20"),
        ("sweep boot hello -a memory_mib=abc,-3", "None of the 2 values of memory_mib will do"),
        ("sweep boot hello -a machine=none", "No machine type 'none'"),
        ("tune boot hello -a memory_mib=16,32 -m 64", "another flag gives as well: 64"),
        ("sweep boot none.ml -a memory_mib=1", "There is no none.ml"),
        ("sweep boots hello -a memory_mib=1", "Did you mean 'boot'"),
    ],
)
def test_what_makes_no_sense_is_refused(taken, line, message):
    with pytest.raises(UsageError, match=message):
        run(line)
    assert not taken


def test_a_cell_is_the_program_and_needs_no_file(taken):
    with pytest.raises(UsageError, match=r"'main\.ml' is named besides"):
        run("sweep boot web main.ml -a memory_mib=1", "let start () = ()")


def test_an_axis_goes_before_a_default_of_the_notebooks(taken):
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    shell.register_magics(UnikernelMagics)
    shell.run_line_magic("config", "UnikernelMagics.memory = 16")
    shell.run_line_magic("unikernel", "sweep boot hello -a memory_mib=32,64")
    assert {one["memory_mib"] for one in taken} == {32, 64}
    shell.run_line_magic("unikernel", "sweep boot hello -s memory_mib=24 -a machine=q35")
    assert taken[-1]["memory_mib"] == 24
    shell.run_line_magic("unikernel", "sweep boot hello -a machine=q35")
    assert taken[-1]["memory_mib"] == 16


def test_a_sweep_is_plotted_from_its_file(taken, tmp_path):
    file = tmp_path / "journal"
    run(f"sweep boot hello --axis memory_mib=32,64 -r 2 -o {file}")
    measured = len(taken)
    assert "hello: boot.total at 2 points" in str(run(f"plot sweep {file}"))
    run(f"plot sweep {file} --save {tmp_path / 'table.csv'}")
    assert (tmp_path / "table.csv").read_text().count("boot.total") == 4
    assert len(taken) == measured
    for line, message in (
        ("plot sweep", "Which sweep"),
        ("plot sweep none.jsonl", "Cannot read none.jsonl"),
        (f"plot sweep {file} --save {tmp_path}/none/a.csv", "there is no folder"),
        (f"plot sweep {tmp_path / 'table.csv'}", "holds something else"),
    ):
        with pytest.raises(UsageError, match=message):
            run(line)


def test_measurements_and_images_are_completed(taken):
    assert "boot" in complete("%unikernel sweep ").candidates
    assert complete("%unikernel sweep boot he").candidates == ("hello",)
    assert "--axis" in complete("%unikernel sweep boot hello --ax").candidates
