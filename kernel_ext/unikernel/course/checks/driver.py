"""Lab 11: drivers in C. Ports, registers, a virtqueue, and a driver over other drivers."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from unikernel.course.exercises import exercise
from unikernel.course.trials import SECTOR_BYTES, disk, require_success, symbols, variant
from unikernel.errors import NotYet

if TYPE_CHECKING:
    from unikernel.course.work import Run, Work
    from unikernel_toolchain.model.image import Image

_NETWORK, _BLOCK, _ENTROPY = 1, 2, 4  # device IDs (virtio 1.1, section 5)
_ENTROPY_SLOT = 7
_AGREED, _GIVEN_UP = 1 | 2 | 8, 128  # bits of the status (section 2.1)
_BASE_DRIVER = {"solo5_block_acquire", "unikernel_block_acquire"}
_MIB = 1 << 20


@exercise("driver", 1, "A device behind two ports")
def _(work: Work) -> None:
    image = work.image("firmware")
    for machine in ("microvm", "q35"):
        memory_mib = random.randrange(33, 80)
        run = work.run(image, memory_mib=memory_mib, machine=machine)
        require_success(image, run, f"It ran on a {machine} with {memory_mib} MiB.")
        pieces = re.findall(r"^RAM at 0x([0-9a-f]+): (\d+) bytes\r?$", run.text, re.MULTILINE)
        if not pieces or sum(int(length) for _, length in pieces) != memory_mib * _MIB:
            raise NotYet(
                f"A {machine} with {memory_mib} MiB is not described so.",
                detail="\n".join(run.lines[-8:]),
                hint="The directory is big-endian, etc/e820 is not. Only type 1 is memory to use.",
            )


@exercise("driver", 2, "Who is there?")
def _(work: Work) -> None:
    image = work.image("who")
    for _round in range(2):
        nets = [f"net{number}" for number in range(random.randrange(3))]
        blocks = [f"disk{number}" for number in range(random.randrange(1, 4))]
        other = variant(image, nets=nets, blocks=blocks)
        expected = {
            **dict(enumerate([_NETWORK] * len(nets) + [_BLOCK] * len(blocks))),
            _ENTROPY_SLOT: _ENTROPY,
        }
        run = work.run(other, blocks=dict.fromkeys(blocks, "1M"))
        _require_devices(image, run, expected)
    run = work.run(image, machine="q35", blocks={"storage": "1M"})
    _require_devices(image, run, {})


def _require_devices(image: Image, run: Run, expected: dict[int, int]) -> None:
    require_success(image, run)
    found = re.findall(r"^slot (\d+): device (\d+)\r?$", run.text, re.MULTILINE)
    if sorted((int(slot), int(number)) for slot, number in found) != sorted(expected.items()):
        raise NotYet(
            f"On a machine with {len(expected)} devices of virtio-mmio, who does not say which.",
            detail="\n".join(run.lines[-9:]),
            hint="Eight slots of 512 bytes. A slot is there when its magic value is right, and "
            "taken when its device ID is not 0.",
        )


@exercise("driver", 3, "Agreeing")
def _(work: Work) -> None:
    image = work.image("capacity")
    _require_own_driver(image)
    sectors = random.randrange(2048, 9000)
    with disk(sectors * SECTOR_BYTES) as path:
        run = work.run(image, blocks={"storage": path})
    require_success(image, run)
    found = re.search(r"^(\d+) sectors, status (\d+)\r?$", run.text, re.MULTILINE)
    if not found or int(found[1]) != sectors:
        raise NotYet(
            f"A disk of {sectors} sectors is not seen so.",
            detail="\n".join(run.lines[-3:]),
            hint="Its capacity is at 0x100 of the disk's registers: is it the disk that was found?",
        )
    status = int(found[2])
    if status & _AGREED != _AGREED or status & _GIVEN_UP:
        raise NotYet(
            f"The disk's status is {status}: driver and device have not agreed.",
            hint="ACKNOWLEDGE, DRIVER and FEATURES_OK all stay set. A disk that takes FEATURES_OK "
            "back was asked for a feature that it does not have, or not for VERSION_1.",
        )


def _require_own_driver(image: Image) -> None:
    if symbols(image) & _BASE_DRIVER:
        raise NotYet(
            f"In {image.name} the base drives the disk, and not your code.",
            hint="Use registers and memory alone, none of the block calls of solo5.h.",
        )


@exercise("driver", 4, "The first request")
def _(work: Work) -> None:
    image = work.image("sector")
    _require_own_driver(image)
    lines = [
        f"{number}: {random.randrange(1 << 30)}" for number in range(random.randrange(80, 300))
    ]
    contents = b"".join(f"{line}\n".encode().ljust(SECTOR_BYTES, b"-") for line in lines)
    with disk(contents) as path:
        for sector in (0, random.randrange(1, len(lines) - 1), len(lines) - 1, len(lines)):
            run = work.run(
                image, blocks={"storage": f"{path},ro"}, arguments=[str(sector)], timeout_s=10
            )
            expected = lines[sector] if sector < len(lines) else "the disk said 1"
            if expected not in run.lines:
                raise NotYet(
                    f"Asked for sector {sector} of {len(lines)}, sector should say {expected!r}.",
                    detail="\n".join(run.lines[-3:]),
                    hint="Which number of a sector does the disk see? Who writes the status?",
                )


@exercise("driver", 5, "Backwards")
def _(work: Work) -> None:
    image = work.image("mirror")
    _require_own_driver(image)
    half = [random.randbytes(SECTOR_BYTES) for _ in range(random.randrange(20, 60))]
    with disk(b"".join(half) + bytes(len(half) * SECTOR_BYTES)) as path:
        run = work.run(image, blocks={"storage": path}, timeout_s=10)
        found = path.read_bytes()
    require_success(image, run)
    expected = b"".join([*half, *reversed(half)])
    if found != expected:
        places = range(0, len(expected), SECTOR_BYTES)
        wrong = [at // SECTOR_BYTES for at in places if _sector(found, at) != _sector(expected, at)]
        raise NotYet(
            f"Of {2 * len(half)} sectors {len(wrong)} are not as they should be; "
            f"the first is {wrong[0]}.",
            hint="The first half stays as it is; the second half is the first one backwards.",
        )


def _sector(contents: bytes, at: int) -> bytes:
    return contents[at : at + SECTOR_BYTES]


@exercise("driver", 6, "A driver over drivers")
def _(work: Work) -> None:
    image = work.image("stripe")
    for target in ("virtio", "unix"):
        _try_stripes(work, variant(image, target=target))


def _try_stripes(work: Work, image: Image) -> None:
    striped = [random.randbytes(SECTOR_BYTES) for _ in range(2 * random.randrange(20, 60))]
    count = len(striped)
    with disk(b"".join(striped[0::2])) as left, disk(b"".join(striped[1::2])) as right:
        pairs = [(1, 4), (count - 1, 3), (2, count - 2), (count, 0), (0, count)]
        for source, destination in pairs:
            run = work.run(
                image,
                blocks={"left": left, "right": right},
                arguments=[str(source), str(destination)],
            )
            if outside := max(source, destination) >= count:
                expected = striped
            else:
                require_success(image, run)
                expected = [*striped]
                expected[destination] = striped[source]
            now = [left.read_bytes(), right.read_bytes()]
            striped = [_sector(now[n % 2], n // 2 * SECTOR_BYTES) for n in range(count)]
            if striped != expected or (outside and run.exit.status != 1):
                raise NotYet(
                    f"On {count} sectors, {source} was to be copied to {destination}, for "
                    f"{image.target}: the disks are not as they should be, or the status is not.",
                    detail="\n".join(run.lines[-3:]),
                    hint="Sector n of the striped disk: on which disk, and which sector there? "
                    "Is the number looked at before anything is written?",
                )
            if not outside and f"{count} sectors" not in run.lines:
                raise NotYet(f"A striped disk of {count} sectors does not say how many it has.")
