from pathlib import Path

from unikernel.machines.xen.lab import command_line
from unikernel.machines.xen.lab.command_line import Ends, Kernels

ENDS = Ends(console_fd=5, qmp_fd=6, agent_fd=7)
KERNELS = Kernels(Path("/c/xen"), Path("/c/a,b/kernel"), Path("/c/initramfs"))


def words_after(command, option):
    return [command[at + 1] for at, word in enumerate(command) if word == option]


def test_what_is_restored_is_the_machine_that_was_saved():
    cold = command_line.cold("qemu", Path("/m"), ENDS, KERNELS)
    restored = command_line.restored("qemu", Path("/m"), ENDS)
    shared = len(restored) - 2
    changed = [(a, b) for a, b in zip(cold[:shared], restored[:shared], strict=True) if a != b]
    ((was, now),) = changed
    assert (was.replace("share=on", "share=off"), "share=on" in was) == (now, True)
    assert restored[shared:] == ["-incoming", "defer"]
    assert cold[shared::2] == ["-kernel", "-append", "-initrd"]


def test_paths_may_have_commas():
    (modules,) = words_after(command_line.cold("q", Path("/m"), ENDS, KERNELS), "-initrd")
    assert modules.startswith("/c/a,,b/kernel console=hvc0 ")
    assert modules.endswith(",/c/initramfs")
    (memory,) = words_after(command_line.restored("q", Path("/a,b"), ENDS), "-object")
    assert "mem-path=/a,,b,share" in memory


def test_dom0_and_guests_fit():
    assert command_line.DOM0_MIB + 3 * 256 <= command_line.MEMORY_MIB
