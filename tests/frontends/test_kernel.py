"""The extension in a real kernel, over Jupyter's protocol: errors, interrupt, death, completion."""

import os
import signal
import time

import pytest
from support.children import Watched, children
from support.frontends.kernel import TIME_LIMIT_S, Kernel

import unikernel
from unikernel.host.run_folder import runtime_folder

pytestmark = pytest.mark.boot

SPIN = 'let start () = print_endline "spinning"; while true do () done'
TARGETS = ("virtio", "unix", "xen")
# What a kernel does is the same for all; that a lab goes with it is tried where a kernel is killed.
MOST_TRIED = pytest.mark.parametrize(
    "boot_spin", [*TARGETS[:2], pytest.param("xen", marks=pytest.mark.asked)], indirect=True
)
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def kernel(own_runtime_folder):
    kernel = Kernel()
    yield kernel
    kernel.close()


@pytest.fixture(params=TARGETS)
def boot_spin(kernel, request):
    """The line that boots a guest which runs for ever; it is built."""
    kernel.run(f"%%unikernel build spin -t {request.param} --net service\n{SPIN}")
    return "vm = %unikernel boot spin"


@pytest.fixture
def spinning(kernel, boot_spin):
    """The kernel's children, with a guest among them that runs for ever, and widgets that show it.

    With a user network: that of a process is a QEMU of its own.
    """
    kernel.run(f"{boot_spin} --port 0:80")
    for view in ("console spin", "panel"):
        assert any(WIDGET in it.get("data", ()) for _, it in kernel.run(f"%unikernel {view}"))
    pids = children(kernel.pid)
    assert int(kernel.text("vm.pid")) in pids or kernel.text("vm.image.target") == "'xen'"
    return Watched(pids)


def folders(pid):
    """Return what is in the runtime folder of a process's machines."""
    return list(runtime_folder().glob(f"{pid}-*"))


def test_a_build_error_is_an_error_output_with_the_cells_lines(kernel):
    outputs = kernel.outputs(kernel.submit('%%unikernel build bad\nlet start () =\n  print_int ""'))
    _, content = next(output for output in outputs if output[0] == "error")
    traceback = "\n".join(content["traceback"])
    assert content["ename"] == "CompileError"
    assert "line 3" in traceback
    assert "^^" in traceback
    assert "magics.py" not in traceback


def test_an_uncaught_exception_is_shown_as_a_failure(kernel):
    kernel.run('%%unikernel build thrower\nlet start () = failwith "kaputt"')
    outputs = kernel.run("vm = %unikernel boot thrower --wait 30")
    shown = outputs[-1][1]["data"]["text/plain"]
    assert "kaputt" in shown
    assert "[thrower: failed, status 2]" in shown
    assert kernel.text("vm.exit.status") == "2"


def test_an_interrupt_ends_the_waiting_and_guests_live(kernel, boot_spin):
    request = kernel.submit(f"{boot_spin} --wait 100")
    shown = ""
    while "spinning" not in shown:
        shown += str(kernel.client.get_iopub_msg(timeout=TIME_LIMIT_S)["content"])
    kernel.manager.interrupt_kernel()
    kernel.outputs(request)
    assert kernel.text("vm.state.value") == "'running'"
    begun = time.monotonic()
    assert "stopped" in kernel.text("%unikernel stop spin")
    assert time.monotonic() - begun < 5


@MOST_TRIED
def test_guests_survive_an_interrupt_of_another_cell(kernel, spinning):
    # A signal in the moment before a sleep begins is seen when it ends: short ones.
    sleep = "import time\nprint('asleep', flush=True)\nfor _ in range(1000): time.sleep(0.1)"
    request = kernel.submit(sleep)
    while kernel.client.get_iopub_msg(timeout=TIME_LIMIT_S)["msg_type"] != "stream":
        pass
    kernel.manager.interrupt_kernel()
    assert any(kind == "error" for kind, _ in kernel.outputs(request))
    assert not spinning.end_within(0)
    assert kernel.text("vm.state.value") == "'running'"
    assert "stopped" in kernel.text("%unikernel stop spin")
    assert folders(kernel.pid) == []


@MOST_TRIED
def test_guests_die_with_a_restarted_kernel(kernel, spinning):
    """As front ends restart one: it is asked to end first, and killed after a while."""
    pid = kernel.pid
    assert folders(pid)
    kernel.manager.restart_kernel(now=False)
    assert spinning.end_within(10)
    kernel.client.wait_for_ready(timeout=TIME_LIMIT_S)
    kernel.run("%load_ext unikernel")
    assert "spin" not in kernel.text("%unikernel ps")
    assert folders(pid) == []


def test_guests_die_with_a_killed_kernel(kernel, spinning):
    """Its folder stays until somebody looks."""
    pid = kernel.pid
    os.kill(pid, signal.SIGKILL)
    assert spinning.end_within(10)
    assert folders(pid)
    assert "spin" not in str(unikernel.ps())
    assert folders(pid) == []


def test_the_console_stays_live_after_the_cell(kernel):
    kernel.run(
        "%%unikernel build echo\n"
        'let start () = print_endline "ready"; print_endline ("got " ^ read_line ())'
    )
    outputs = kernel.run("vm = %unikernel boot echo --wait 0")
    display = next(c["transient"]["display_id"] for _, c in outputs if c.get("transient"))
    kernel.submit("%unikernel console echo --expect ready --timeout 60")
    kernel.submit("%unikernel console echo --send hello --expect 'got hello'")
    shown = ""
    while "[echo: exited, status 0]" not in shown:
        message = kernel.client.get_iopub_msg(timeout=TIME_LIMIT_S)
        assert message["msg_type"] != "error", message["content"]
        if message["msg_type"] == "update_display_data":
            assert message["content"]["transient"]["display_id"] == display
            shown = message["content"]["data"]["text/plain"]
    assert "got hello" in shown


def test_completion_reaches_the_front_end(kernel):
    for code, match in [
        ("%unikernel bo", "boot"),
        ("%unikernel boot hello --mem", "--memory"),
        ("%%unikernel build hello --la\nlet x = 1", "--lang"),
        ("%%unikernel build hello -p mirage-kv-bl", "mirage-kv-block"),
        ("%unikernel doc Mirage_kv_blo", "Mirage_kv_block"),
    ]:
        position = code.index("\n") if "\n" in code else len(code)
        reply = kernel.ask(kernel.client.complete(code, position))
        assert reply["matches"] == [match]
        assert code[reply["cursor_start"] : reply["cursor_end"]] == code[:position].split()[-1]
