"""`boot -t` in a session that built the image for another target, or for the same."""

import pytest
from support.frontends.kernel import Kernel

pytestmark = pytest.mark.boot

PROGRAM = """%%unikernel build anywhere
let start () = print_endline "here I am"
"""


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.run("%unikernel stop --all")
    kernel.close()


def test_an_image_is_built_for_the_target_that_boot_names(kernel):
    kernel.run(PROGRAM)
    for target in ("unix", "virtio", "virtio", "xen"):
        kernel.run(f"vm = %unikernel boot anywhere -t {target} --wait 20")
        assert kernel.text("vm.image.target, vm.exit.ok") == f"('{target}', True)"
        assert kernel.text("vm.console.text") == repr("here I am\n")


def test_without_the_flag_an_image_runs_on_its_own_target(kernel):
    """Whatever the default of builds is."""
    kernel.run(PROGRAM.replace("anywhere", "here -t unix"))
    kernel.run("%config UnikernelMagics.target = 'virtio'")
    kernel.run("vm = %unikernel boot here --wait 20")
    assert kernel.text("vm.image.target") == "'unix'"


def test_the_program_of_a_config_ml_too(kernel):
    kernel.run(
        "%%unikernel config greeter\nopen Mirage\n"
        'let () = register "greeter" [ foreign "Unikernel" job ]'
    )
    kernel.run('%%unikernel build greeter\nlet start = print_endline "Hi"; Lwt.return_unit')
    kernel.run("vm = %unikernel boot greeter -t unix --wait 20")
    assert kernel.text("vm.image.target, vm.console.text") == repr(("unix", "Hi\n"))
