"""Disks exchanged over QMP: what QEMU is asked, in which order, and what stays when it refuses."""

import pytest

from unikernel.disks import Disk
from unikernel.errors import HypervisorSilent, QmpError
from unikernel.host import event_loop
from unikernel.machines.qemu.media import Media
from unikernel.model.block import Block, parse

MIB = 1 << 20
KEPT = Block("/d/a.img", MIB)
FIRST_SET = 20


class Session:
    """A QMP session that keeps what was asked, and refuses some of it."""

    def __init__(self, refused=(), error=QmpError):
        self.asked, self.refused, self.error = [], refused, error
        self.sets = FIRST_SET

    async def add_descriptor(self, descriptor):
        await self.execute("add-fd", {"descriptor": descriptor})
        self.sets += 1
        return self.sets - 1

    async def execute(self, command, arguments):
        self.asked.append((command, arguments))
        if command in self.refused:
            raise self.error(f"QEMU refused {command!r}")
        return {}

    @property
    def commands(self):
        return [command for command, _ in self.asked]


def media(session):
    return Media(session, {"a": Disk(KEPT, (7,)), "b": Disk(parse("none"), (8,))})


def test_one_takes_the_place_of_another():
    session = Session()
    exchanged = media(session)
    event_loop.call(exchanged.exchange(1, Disk(KEPT, (9,))))
    options = {"discard": "unmap", "read-only": False}
    file = {"driver": "file", "filename": f"/dev/fdset/{FIRST_SET}", **options}
    device = {"driver": "raw", "node-name": "disk1", "file": "medium1", **options}
    assert session.asked == [
        ("add-fd", {"descriptor": 9}),
        ("blockdev-add", {"node-name": "medium1", **file}),
        ("blockdev-reopen", {"options": [device]}),
        ("block_resize", {"node-name": "disk1", "size": MIB}),
        ("remove-fd", {"fdset-id": 8}),
    ]


def test_what_was_added_is_taken_away_by_the_next():
    session = Session()
    exchanged = media(session)
    event_loop.call(exchanged.exchange(0, Disk(Block("/d/b.img", MIB, snapshot=True), (9, 10))))
    session.asked.clear()
    event_loop.call(exchanged.exchange(0, Disk(parse("none"), (11,))))
    assert session.asked[3:] == [
        ("block_resize", {"node-name": "disk0", "size": 0}),
        ("blockdev-del", {"node-name": "medium1"}),
        ("remove-fd", {"fdset-id": FIRST_SET}),
        ("remove-fd", {"fdset-id": FIRST_SET + 1}),
    ]


@pytest.mark.parametrize(
    ("refused", "undone"),
    [
        ("add-fd", []),
        ("blockdev-add", ["remove-fd"]),
        ("blockdev-reopen", ["blockdev-del", "remove-fd"]),
    ],
)
def test_a_refusal_leaves_the_old_one(refused, undone):
    session = Session({refused})
    exchanged = media(session)
    with pytest.raises(QmpError, match=refused):
        event_loop.call(exchanged.exchange(0, Disk(KEPT, (9,))))
    assert session.commands[session.commands.index(refused) + 1 :] == undone
    session.refused, session.asked = (), []
    event_loop.call(exchanged.exchange(0, Disk(KEPT, (9,))))
    assert session.asked[-1] == ("remove-fd", {"fdset-id": 7})


def test_a_guest_that_cannot_be_told_has_the_disk_nevertheless():
    session = Session({"block_resize"})
    event_loop.call(media(session).exchange(0, Disk(KEPT, (9,))))
    assert session.commands[-1] == "remove-fd"


def test_a_device_that_is_only_read_is_not_resized():
    session = Session()
    event_loop.call(media(session).exchange(0, Disk(Block("/d/b.img", MIB, read_only=True), (9,))))
    assert "block_resize" not in session.commands


def test_a_qemu_that_does_not_answer_is_asked_nothing_more():
    session = Session({"blockdev-reopen"}, HypervisorSilent)
    with pytest.raises(HypervisorSilent):
        event_loop.call(media(session).exchange(0, Disk(KEPT, (9,))))
    assert session.commands[-1] == "blockdev-reopen"
