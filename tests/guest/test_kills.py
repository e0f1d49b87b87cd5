"""Guests that are killed while they write to a disk: what was answered is there, in any format.

Every other one is killed when it was answered once at least, the others at any moment.

KILLS (10) is how many there are of each on each target, KILLS_SEED what their moments are drawn
from.
"""

import os
import random
import re
import time

import pytest
from support import TESTS
from support.guests.guest_programs import ENDS_WITHIN_S, build
from support.guests.unix_program import guest, running
from support.ocaml.file_trees import output
from support.ocaml.programs import built
from support.platforms import choices

import unikernel

pytestmark = pytest.mark.boot

PROGRAMS = ("ocaml_block_kills", "ocaml_kv_block", "ocaml_fat")
KILLS = int(os.environ.get("KILLS", "10"))
SEED = int(os.environ.get("KILLS_SEED", "1"))
SIZE_BYTES = 4 << 20
AFTER_MOST_S = 0.05  # from when the guest has looked at what is there


@pytest.fixture(params=PROGRAMS)
def program(request):
    return request.param


@pytest.fixture
def disk(tmp_path, program):
    file = tmp_path / "disk.img"
    with file.open("wb") as made:
        made.truncate(SIZE_BYTES)
    if program == "ocaml_fat":
        output("mkfs.fat", file)
    return file


def until(text, held):
    """Return the last round that a guest has said was answered, of all that it said."""
    begun = re.search(r"^whole after (-?\d+)\r?$", text, re.MULTILINE)
    assert begun, text
    assert "problem" not in text
    # one that was under way may be there; nothing else that was not answered
    assert int(begun[1]) in {held, held + 1}, text[-500:]
    rounds = [int(word) for word in re.findall(r"^(\d+)\r?\n", text[begun.end() :], re.MULTILINE)]
    assert rounds == list(range(int(begun[1]) + 1, int(begun[1]) + 1 + len(rounds)))
    return rounds[-1] if rounds else int(begun[1])


def check(disk, program):
    """Have fsck.fat look at what a guest has left; a store looks at itself."""
    if program == "ocaml_fat":
        output(built(TESTS / "libos/tools/fat_cut.ml"), disk)


def test_processes(disk, program):
    image, moments, held = guest(program), random.Random(SEED), -1
    for kill in range(KILLS):
        with disk.open("r+b") as opened:
            words = ("UNIKERNEL_BLOCK=storage", f"UNIKERNEL_BLOCK_0=file:{opened.fileno()}")
            with running(image, *words, keep=(opened.fileno(),)) as process:
                said = ""
                while "whole after" not in said:
                    line = process.stdout.readline()
                    assert line, said
                    said += line
                if kill % 2:
                    said += process.stdout.readline()
                time.sleep(moments.uniform(0, AFTER_MOST_S))  # the moment is what is tried
                process.kill()
                said += process.stdout.read()
        held = until(said, held)
        check(disk, program)
    assert held >= KILLS // 2 - 1


def test_machines(disk, program):
    image, moments, held = build(program, "microvm", blocks=("storage",)), random.Random(SEED), -1
    for kill in range(KILLS):
        blocks = {"storage": str(disk)}
        with unikernel.boot(
            image, name=program, replace=True, blocks=blocks, **choices("microvm")
        ) as vm:
            answered = r"\s+\d+\s" if kill % 2 else r"\s"
            vm.console.expect(rf"whole after -?\d+{answered}", timeout_s=ENDS_WITHIN_S)
            time.sleep(moments.uniform(0, AFTER_MOST_S))  # the moment is what is tried
            os.kill(vm.pid, 9)
            vm.wait(timeout_s=ENDS_WITHIN_S)
            said = vm.console.text
        held = until(said, held)
        check(disk, program)
    assert held >= KILLS // 2 - 1
