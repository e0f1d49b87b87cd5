"""What is on disks that strangers made: read whole, or refused in bounded time and memory."""

import gc
import io
import random
import struct
import tarfile
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from unikernel.disks import contents, open_disks
from unikernel.disks.fat_names import Names
from unikernel.errors import DiskUnavailable, UsageError
from unikernel.model.block import parse

SECTOR = 512


def tar_of(members, kind=tarfile.PAX_FORMAT):
    """A tar archive of names and contents, or TarInfos, as a disk."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as archive:
        for name, data in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def entry(name, first, size, attributes=0x20):
    return name.ljust(11) + struct.pack("<B14xHI", attributes, first, size)


class Fat:
    """A FAT12 file system of 64 clusters of a sector, made by hand so that it can be wrong."""

    def __init__(self):
        self.data = bytearray(128 * SECTOR)
        self.data[:62] = struct.pack(
            "<3x8sHBHBHHBHHHII25s", b"tests   ", 512, 1, 1, 1, 16, 67, 0xF8, 1, 1, 1, 0, 0, b""
        )
        self.data[43:54] = b"HAND MADE  "
        self.data[510:512] = b"\x55\xaa"
        self.count = 0

    def chain(self, *clusters, end=0xFFF):
        for one, following in zip(clusters, (*clusters[1:], end), strict=True):
            at = SECTOR + one * 3 // 2
            pair = int.from_bytes(self.data[at : at + 2], "little")
            pair = (pair & 0xF) | following << 4 if one & 1 else (pair & 0xF000) | following
            self.data[at : at + 2] = pair.to_bytes(2, "little")

    def root(self, raw):
        at = 2 * SECTOR + 32 * self.count
        self.data[at : at + 32] = raw
        self.count += 1

    def cluster(self, number, data):
        at = (3 + number - 2) * SECTOR
        self.data[at : at + len(data)] = data

    def with_file(self, name=b"HELLO   TXT", data=b"hi\n"):
        self.root(entry(name, 2, len(data)))
        self.chain(2)
        self.cluster(2, data)
        return self


@pytest.fixture
def disk(tmp_path):
    """Reads bytes as a disk."""
    opened = []

    def reads(data, name="disk.img"):
        path = tmp_path / name
        path.write_bytes(data)
        opened.append(contents(path))
        return opened[-1]

    yield reads
    for one in opened:
        one.close()


def paths(found, path=""):
    return [one.path for one in found.files(path)]


def test_a_fat_file_system_is_read(disk):
    found = disk(Fat().with_file().data)
    assert paths(found) == ["HELLO.TXT"]
    assert found.read("hello.txt") == found.read("/HELLO.TXT") == b"hi\n"
    assert (found.areas[0].volume.kind, found.areas[0].volume.label) == ("FAT12", "HAND MADE")


def test_a_file_lies_where_its_chain_says(disk):
    fat = Fat()
    fat.root(entry(b"LONG       ", 5, 3 * SECTOR - 12))
    fat.chain(5, 9, 3)
    for number in (5, 9, 3):
        fat.cluster(number, bytes([number]) * SECTOR)
    data = b"\5" * SECTOR + b"\t" * SECTOR + b"\3" * (SECTOR - 12)
    assert disk(fat.data).read("LONG") == data


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_archive_is_read(disk, kind):
    long = "d" * 90 + "/" + "x" * 95
    found = disk(tar_of([(f"./{long}", b"deep"), ("a", b"1" * 3_000_000)], kind))
    assert paths(found) == [long, "a"]
    assert found.read(long) == b"deep"
    assert found.read("a") == b"1" * 3_000_000


def test_partitions_are_read(disk, tmp_path):
    fat, tar = Fat().with_file().data, tar_of([("t", b"tar")])
    table = bytearray(SECTOR)
    table[510:] = b"\x55\xaa"
    for number, (kind, start, count) in enumerate([(1, 8, 128), (0x83, 200, 40), (0x83, 500, 9)]):
        struct.pack_into("<B3xB3xII", table, 446 + 16 * number, 0, kind, start, count)
    data = bytes(table).ljust(8 * SECTOR, b"\0") + fat.ljust(192 * SECTOR, b"\0") + tar
    found = disk(data.ljust(300 * SECTOR, b"\0"))
    assert found.table == "MBR"
    assert paths(found) == ["p1/HELLO.TXT", "p2/t"]
    assert found.read("p2/t") == b"tar"
    assert "beyond the end" in found.areas[2].problem
    done = found.extract(tmp_path / "out")
    assert (done.files, (tmp_path / "out/p1/HELLO.TXT").read_bytes()) == (2, b"hi\n")


def test_a_qcow2_is_read(tmp_path):
    path = tmp_path / "disk.qcow2"
    opened = open_disks({"a": parse(f"{path},size=1M")})["a"]
    with contents(path) as found, pytest.raises(DiskUnavailable, match="No files"):
        list(found.files())
    opened.close()


@pytest.mark.parametrize("data", [b"", b"\0" * 4096, b"x" * 700, b"\x55\xaa" * 512])
def test_a_disk_without_files_is_told(disk, data):
    found = disk(data)
    with pytest.raises(DiskUnavailable, match="No files are found"):
        paths(found)


def test_what_is_not_there_is_told(disk, tmp_path):
    found = disk(Fat().with_file().data)
    with pytest.raises(DiskUnavailable, match=r"no file HELO\.TXT") as caught:
        found.read("HELO.TXT")
    assert "HELLO.TXT" in caught.value.hint
    with pytest.raises(DiskUnavailable, match="no file other"):
        found.extract(tmp_path / "out", "other")
    with pytest.raises(DiskUnavailable, match="cannot be read: No such file"):
        contents(tmp_path / "none")
    with pytest.raises(DiskUnavailable, match="no contents"):
        contents("64M")
    with pytest.raises(UsageError):
        contents("")


def test_chains_and_folders_in_circles_end(disk):
    fat = Fat()
    fat.root(entry(b"CIRCLE     ", 4, 60_000))
    fat.chain(4, 5, end=4)
    fat.root(entry(b"INTO       ", 6, 0, 0x10))
    fat.chain(6)
    fat.cluster(6, entry(b"INTO       ", 6, 0, 0x10) + entry(b"FILE       ", 0, 0))
    found = disk(fat.data)
    assert paths(found) == ["CIRCLE", "INTO", "INTO/INTO", "INTO/FILE"]
    with pytest.raises(DiskUnavailable, match="circle"):
        found.read("CIRCLE")


def test_a_file_without_its_end_is_told(disk):
    fat = Fat()
    fat.root(entry(b"SHORT      ", 4, 5000))
    fat.chain(4)
    with pytest.raises(DiskUnavailable, match="no place"):
        disk(fat.data).read("SHORT")


def test_files_that_share_clusters_fill_no_disk(disk, tmp_path):
    fat = Fat()
    for number in range(16):
        fat.root(entry(b"BOMB%03d    " % number, 2, 60 * SECTOR))
    fat.chain(*range(2, 62))
    with pytest.raises(DiskUnavailable, match="larger than the disk"):
        disk(fat.data).extract(tmp_path / "out")


def test_names_and_links_cannot_leave_the_folder(disk, tmp_path):
    members = [
        ("../up", b"1"),
        ("/abs/../../up", b"2"),
        (special("link", tarfile.SYMTYPE, "/etc"), b""),
        ("link/passwd", b"3"),
        (special("device", tarfile.CHRTYPE), b""),
        ("plain", b"4"),
        ("plain/below", b"5"),
        ("esc\x1b[2J", b"6"),
        ("twice", b"7"),
        ("twice", b"last"),
    ]
    done = disk(tar_of(members)).extract(tmp_path / "in" / "out")
    written = {
        str(path.relative_to(tmp_path / "in")): path.read_bytes()
        for path in (tmp_path / "in").rglob("*")
        if path.is_file()
    }
    assert written == {"out/link/passwd": b"3", "out/plain": b"4", "out/twice": b"last"}
    assert len(done.left_out) == 6
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


def test_nothing_is_overwritten(disk, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").touch()
    with pytest.raises(DiskUnavailable, match="not empty"):
        disk(Fat().with_file().data).extract(tmp_path / "out")


def test_a_header_that_wants_the_memory_is_refused(tmp_path):
    info = tarfile.TarInfo("name")
    info.type, info.size = tarfile.XHDTYPE, 4 << 30
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.write(info.tobuf(tarfile.PAX_FORMAT))
        file.truncate(16 << 30)
    tracemalloc.start()
    with contents(path) as found, pytest.raises(DiskUnavailable, match="at once"):
        paths(found)
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


def test_long_names_are_put_together_and_checked():
    def piece(number, text, checksum):
        units = text.encode("utf-16-le").ljust(26, b"\xff")
        return (
            bytes([number])
            + units[:10]
            + b"\x0f\0"
            + bytes([checksum])
            + units[10:22]
            + b"\0\0"
            + units[22:]
        )

    short = b"LONGNA~1TXT".ljust(32, b"\0")
    checksum = 0
    for byte in short[:11]:
        checksum = ((checksum & 1) << 7) + (checksum >> 1) + byte & 0xFF
    good = [piece(0x42, "end.txt\0", checksum), piece(1, "A long name, ", checksum)]
    for pieces, name in (
        (good, "A long name, end.txt"),
        (good[::-1], "LONGNA~1.TXT"),
        (good[:1], "LONGNA~1.TXT"),
        ([good[0], piece(1, "A long name, ", checksum ^ 1)], "LONGNA~1.TXT"),
        ([], "LONGNA~1.TXT"),
    ):
        names = Names()
        for one in pieces:
            names.take(one)
        assert names.name_of(short) == name


def test_any_bytes_are_read_or_refused(disk):
    """Good disks with some bytes changed: each ends, and nothing but a sentence comes of it."""
    generator = random.Random(11)
    fat = Fat().with_file()
    fat.root(entry(b"SUB        ", 6, 0, 0x10))
    fat.chain(6, 7)
    fat.cluster(6, entry(b"INNER      ", 8, 700))
    fat.chain(8, 9)
    seeds = [bytes(fat.data), tar_of([("a", b"x" * 600), ("b" * 150, b"y")]), gpt()]
    refused = 0
    for number in range(600):
        data = bytearray(seeds[number % 3])
        for _ in range(generator.randrange(1, 12)):
            data[generator.randrange(min(len(data), 4096))] = generator.randrange(256)
        try:
            found = disk(bytes(data))
        except DiskUnavailable:
            refused += 1
            continue
        with suppress(DiskUnavailable):
            for one in list(found.files()):
                if one.kind == "file" and one.size_bytes < 1 << 20:
                    with suppress(DiskUnavailable):
                        found.read(one.path)
        found.close()
    assert refused < 600


def gpt():
    """A disk with a GPT of one FAT partition."""
    data = bytearray(200 * SECTOR)
    struct.pack_into("<B3xB3xII", data, 446, 0, 0xEE, 1, 199)
    data[510:512] = b"\x55\xaa"
    struct.pack_into("<8s4I4Q16sQ3I", data, SECTOR, b"EFI PART", 1 << 16, 92, 0, 0, 1, 0, 34, 190,
                     b"", 2, 4, 128, 0)  # fmt: skip
    name = "files".encode("utf-16-le")
    struct.pack_into("<16s16sQQQ72s", data, 2 * SECTOR, b"k" * 16, b"i" * 16, 40, 167, 0, name)
    data[40 * SECTOR : 168 * SECTOR] = Fat().with_file().data
    return bytes(data)


def test_a_gpt_is_read(disk):
    found = disk(gpt())
    assert (found.table, found.areas[0].partition.name) == ("GPT", "files")
    assert found.read("p1/hello.txt") == b"hi\n"


def test_what_is_looked_at_and_forgotten_is_closed(tmp_path):
    file = tmp_path / "disk.img"
    file.write_bytes(tar_of([("a", b"text")]))
    assert contents(file).read("a") == b"text"
    gc.collect()
    links = [one for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    assert file not in [one.readlink() for one in links if one.exists()]
