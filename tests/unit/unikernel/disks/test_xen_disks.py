import pytest

from unikernel.disks.xen_disks import letters, number, vdevs


def test_devices_are_disks_in_their_order_and_the_first_is_xvdb():
    assert vdevs(("storage", "journal")) == {"storage": "xvdb", "journal": "xvdc"}


def test_a_device_called_as_a_disk_is_that_disk():
    found = vdevs(("storage", "xvdc", "journal", "xvda1"))
    assert found == {"xvda1": "xvda1", "storage": "xvdb", "xvdc": "xvdc", "journal": "xvdd"}


def test_the_order_is_that_of_the_numbers():
    found = list(vdevs(("xvdz", "a", "xvdb")))
    assert found == ["xvdb", "a", "xvdz"]
    assert list(map(number, vdevs(("xvdz", "a", "xvdb")).values())) == sorted(
        map(number, vdevs(("xvdz", "a", "xvdb")).values())
    )


@pytest.mark.parametrize(
    ("vdev", "expected"),
    [
        ("xvda", 51712),
        ("xvda1", 51713),
        ("xvdb", 51728),
        ("xvdp", 51952),
        ("xvdq", 1 << 28 | 16 << 8),
        ("xvda16", 1 << 28 | 16),
        ("xvdaa3", 1 << 28 | 26 << 8 | 3),
    ],
)
def test_numbers_are_those_of_xenstore(vdev, expected):
    assert number(vdev) == expected


@pytest.mark.parametrize("text", ["xvd", "sda", "xvdA", "xvda-1"])
def test_what_is_no_disk_has_no_number(text):
    with pytest.raises(ValueError, match=text):
        number(text)


def test_more_disks_than_letters_have_names_of_two():
    assert [letters(disk) for disk in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        *("a", "z", "aa", "ab", "az", "ba", "zz", "aaa")
    ]
    found = vdevs(f"disk{index}" for index in range(63))
    assert len(set(found.values())) == 63
    assert list(found) == [f"disk{index}" for index in range(63)]
