"""What is decided before a machine is started."""

import os
from dataclasses import dataclass, replace

import pytest
from support.guests import tiny_guest

from unikernel.host import run_folder
from unikernel.machines import prepare
from unikernel.model.devices import mac_address
from unikernel.model.spec import Spec
from unikernel_toolchain.errors import BadRequest

ANOTHER = os.getppid()
ALIVE, DEAD = run_folder.process_identity(ANOTHER), [ANOTHER, 1]


@dataclass
class Record:
    owner_pid: int
    facts: dict

    def read(self):
        return self.facts


@pytest.mark.parametrize(
    ("record", "is_told_apart"),
    [
        (Record(ANOTHER, {"name": "twin", "process": ALIVE}), True),
        (Record(ANOTHER, {"name": "twin", "process": DEAD}), False),
        (Record(ANOTHER, {"name": "other", "process": ALIVE}), False),
        (Record(ANOTHER, None), False),
        (Record(os.getpid(), {"name": "twin", "process": ALIVE}), False),
    ],
    ids=["runs", "has ended", "another name", "no record", "this process"],
)
def test_a_name_that_another_process_uses_gets_addresses_of_its_own(
    tmp_path, monkeypatch, record, is_told_apart
):
    image = tiny_guest.image(tmp_path, tiny_guest.LOOP, name="twin", nets=("service",))
    image = replace(image, target="unix")
    monkeypatch.setattr(run_folder, "folders", lambda: iter([record]))
    decided = prepare.prepare(image, "twin", Spec())
    assert (decided.spec.nets["service"].mac != mac_address("twin", "service")) == is_told_apart


@pytest.mark.parametrize(("name", "shown"), [("", "''"), ("a" * 300, "aaaa…")])
def test_a_name_that_is_none_is_refused_and_not_taken_for_one_left_out(tmp_path, name, shown):
    image = tiny_guest.image(tmp_path, tiny_guest.LOOP, name="twin")
    with pytest.raises(BadRequest, match=f"1 to 64 characters; .*{shown}") as refused:
        prepare.prepare(image, name, Spec())
    assert len(str(refused.value)) < 100
