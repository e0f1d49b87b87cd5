"""Copies of memory compared: what differs, where it is, and how much of it is told."""

import os
import subprocess
import sys

import pytest

from unikernel.debugging import comparing
from unikernel.errors import UsageError
from unikernel.machines.snapshots import memory, store
from unikernel.machines.snapshots.memory import Source
from unikernel.model.debugging.snapshots import PAGE_BYTES, Region, Snapshot, read_snapshot
from unikernel.render.differences import DifferenceView, strip

PAGES = 64
HEAP = 0x100_0000


@pytest.fixture
def snapshot(tmp_path, monkeypatch):
    """Return a function that makes a snapshot of these bytes, by their places."""

    class NoSymbols:
        def __init__(self, _):
            pass

        def place(self, address):
            kind = "stack" if address >= HEAP + 32 * PAGE_BYTES else "heap"
            return comparing.Place(kind)

    monkeypatch.setattr(comparing, "Layout", NoSymbols)

    def make(name, *changes, pages=PAGES, image="image"):
        folder = tmp_path / name
        folder.mkdir()
        content = bytearray(pages * PAGE_BYTES)
        for at, data in changes:
            content[at : at + len(data)] = data
        (folder / "memory").write_bytes(content)
        regions = (Region(HEAP, len(content), 0),)
        return Snapshot(name, "vm", folder, 1.5, regions, 0, tmp_path / image)

    return make


def test_bytes_that_differ_are_counted_by_where_they_are(snapshot):
    before = snapshot("before", (10, b"abc"), (40 * PAGE_BYTES, b"xy"))
    after = snapshot("after", (10, b"aBC"), (5000, b"1"), (40 * PAGE_BYTES, b"x\0z"))
    found = comparing.compare(before, after)
    assert (found.pages, found.changed_pages) == (PAGES, 3)
    heap, stack = found.areas
    assert (heap.kind, heap.pages, heap.bytes, heap.first_address) == ("heap", 2, 3, HEAP + 11)
    assert (stack.kind, stack.pages, stack.bytes) == ("stack", 1, 2)
    first = found.lines[0]
    assert (first.address, first.before[10:13], first.after[10:13]) == (HEAP, b"abc", b"aBC")
    (span,) = found.spans
    assert [part for part, share in enumerate(span.shares) if share] == [0, 1, 40]


def test_nothing_differs_from_itself(snapshot):
    one = snapshot("one", (10, b"abc"))
    found = comparing.compare(one, one)
    assert found.changed_pages == 0
    assert str(DifferenceView(found)) == "one → one: 0 of 64 pages of 4,096 bytes differ."


def test_memory_that_one_alone_has_is_not_compared(snapshot):
    found = comparing.compare(snapshot("small", pages=2), snapshot("large", pages=4))
    assert (found.pages, found.changed_pages) == (2, 0)


def test_very_many_differences_are_bounded(snapshot, monkeypatch):
    monkeypatch.setattr(comparing, "MOST_EXAMINED", 10)
    noise = os.urandom(PAGES * PAGE_BYTES)
    found = comparing.compare(snapshot("a"), snapshot("b", (0, noise)))
    assert found.changed_pages == PAGES
    assert len(found.lines) == comparing.MOST_LINES
    assert "first 10 pages" in str(DifferenceView(found))
    assert len(strip(found)) < 50_000


def test_names_are_escaped(snapshot):
    found = comparing.compare(snapshot("<script>"), snapshot("b", (0, b"a")))
    page = DifferenceView(found)._repr_html_()
    assert "<script" not in page + strip(found)


def test_different_programs_are_not_compared(snapshot):
    with pytest.raises(UsageError, match="different images"):
        comparing.compare(snapshot("a"), snapshot("b", image="other"))


def test_a_snapshot_comes_out_of_its_folder_as_it_went_in(snapshot):
    one = snapshot("one", (10, b"abc"))
    one.write()
    assert read_snapshot(one.folder) == one
    assert one.read(HEAP + 10, 3) == b"abc"
    assert one.read(HEAP + PAGES * PAGE_BYTES - 1, 100) == b"\0"
    assert one.read(HEAP - 1, 8) == b""


def test_memory_is_copied_with_holes(tmp_path):
    """Of a process that holds a pattern at a place it tells."""
    program = (
        "import ctypes, sys; data = ctypes.create_string_buffer(1 << 20); data[5000] = b'x';"
        "print(ctypes.addressof(data), flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], **pipes) as process:
        address = int(process.stdout.readline())
        sources = [Source(0, address, 1 << 20, "a"), Source(1 << 30, 0, 4096, "nowhere")]
        regions = memory.copy(process.pid, sources, tmp_path / "memory")
        process.stdin.close()
    assert [region.offset for region in regions] == [0, 1 << 20]
    data = (tmp_path / "memory").read_bytes()
    assert data[5000:5001] == b"x"
    assert data.count(0) == len(data) - 1
    assert (tmp_path / "memory").stat().st_blocks * 512 < 64 << 10


def test_what_a_dead_owner_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    for owner in (process.pid, os.getpid()):
        (tmp_path / "snapshots" / f"{owner}-1-vm" / "1").mkdir(parents=True)
    store.remove_stale()
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == [f"{os.getpid()}-1-vm"]
