"""What is known of targets without running them."""

import pytest
from support.images import image_of

from unikernel.errors import UsageError
from unikernel.machines.qemu.command_line import MACHINE_OPTIONS
from unikernel.machines.targets import DRIVERS
from unikernel.model import targets
from unikernel.model.spec import Spec
from unikernel.model.targets import TARGETS, UNIX, VIRTIO
from unikernel_toolchain import TARGETS as BUILT


def test_every_target_that_is_built_is_run():
    assert set(TARGETS) == set(DRIVERS) == set(BUILT)


def test_machine_types_have_a_row_in_qemus_command_line():
    assert set(MACHINE_OPTIONS) == set(VIRTIO.machine_types)


@pytest.mark.parametrize(
    ("choices", "what"),
    [
        ({"machine": "pc"}, "A process has no machine type: 'pc' is QEMU's."),
        ({"accelerator": "kvm"}, "A process has no accelerator: 'kvm' is QEMU's."),
        ({"on_panic": "pause"}, "A process that faults ends; it cannot be held for inspection."),
    ],
)
def test_what_another_target_alone_understands_is_refused(choices, what):
    VIRTIO.check(Spec(**choices))
    with pytest.raises(UsageError) as caught:
        UNIX.check(Spec(**choices))
    assert caught.value.what == what
    assert "-t virtio" in caught.value.hint


def test_a_linux_beside_a_guest_needs_pci():
    types = ["pc", "q35", "pc"]
    assert [VIRTIO.pci_machine_type(one) for one in ("microvm", "q35", "pc")] == types
    assert UNIX.pci_machine_type("microvm") == "microvm"


def test_an_image_of_a_target_that_is_gone_is_refused_in_a_sentence(tmp_path):
    image = image_of(tmp_path, "old", target="ukvm")
    with pytest.raises(UsageError, match="'ukvm', which is not known here") as caught:
        targets.of(image)
    assert "virtio, unix" in caught.value.hint
