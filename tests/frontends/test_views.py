"""What of a console reaches a page: by the cell that boots, by widgets, by text."""

import time

import pytest
from support.frontends import console_guests
from support.frontends.kernel import TIME_LIMIT_S, Kernel

from unikernel.host.throttle import RATE

pytestmark = pytest.mark.boot

SPAN_S = 5
# Two views, each within its rate; what was under way before, and the messages' envelopes.
MOST_BYTES = 2 * RATE * (SPAN_S + 3) * 3 // 2


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.close()


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guests")
    return lambda name, target="unix": console_guests.build(name, folder, target)


def iopub_bytes(kernel, span_s):
    """Return how many bytes of messages come in a time."""
    total, end_s = 0, time.monotonic() + span_s
    while (left_s := end_s - time.monotonic()) > 0:
        if kernel.client.iopub_channel.socket.poll(left_s * 1000):
            parts = kernel.client.iopub_channel.socket.recv_multipart()
            total += sum(map(len, parts))
    return total


def shown(kernel, code):
    """Run a cell; return the plain text of what it shows last."""
    return kernel.run(code)[-1][1]["data"]["text/plain"]


def test_a_guest_that_talks_all_the_time_sends_a_page_only_its_tail(kernel, image):
    kernel.run(f"vm = %unikernel boot '{image('talk')}' --wait 1")
    kernel.run(f"%unikernel console '{image('talk')}'")
    assert 0 < iopub_bytes(kernel, SPAN_S) < MOST_BYTES
    assert kernel.text("vm.state.value") == "'running'"
    text = kernel.text("len(vm.console.data), vm.console.data == vm.console.text.encode()")
    assert text == f"({1 << 20}, True)"
    assert int(kernel.text("sum(map(len, vm.console.kept()))")) > 2 << 20, "files have more"
    assert kernel.text(f"%unikernel stop '{image('talk')}'").count("stopped") == 1


def test_the_log_has_every_line_after_the_end(kernel, image, tmp_path):
    kernel.run(f"vm = %unikernel boot '{image('count')}' --wait {TIME_LIMIT_S}")
    assert kernel.text("vm.state.value") == "'exited'"
    said = kernel.text(f"%unikernel logs '{image('count')}' --save {tmp_path}/log")
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines == [f"line {number} of the count" for number in range(200_000)]
    assert f"{(tmp_path / 'log').stat().st_size:,} bytes." in said


@pytest.mark.parametrize("view", ["console", "logs"])
def test_text_is_what_a_terminal_would_show(kernel, image, view):
    name = image("progress")
    booted = kernel.run(f"%unikernel boot '{name}' --wait {TIME_LIMIT_S}")
    screens = [c["data"] for k, c in booted if k in {"display_data", "update_display_data"}]
    assert screens[-1]["text/plain"].splitlines()[:-1] == ["done", "aXY", "red"]
    assert "done\naXY\nred</pre>" in screens[-1]["text/html"]
    data = kernel.run(f"%unikernel {view} '{name}'")[-1][1]["data"]
    assert data["text/plain"].splitlines()[:3] == ["done", "aXY", "red"]
    assert "done\naXY\nred</pre>" in data["text/html"]


def test_a_widget_shows_what_a_terminal_would_show_and_ends_with_its_machine(kernel, image):
    name = image("echo")
    kernel.run(f"vm = %unikernel boot '{name}' --wait 1")
    opened = kernel.run(f"%unikernel console '{name}'")
    view = next(c["data"] for k, c in opened if k == "display_data")
    assert "application/vnd.jupyter.widget-view+json" in view
    display = next(c["transient"]["display_id"] for k, c in opened if k == "display_data")
    model = view["application/vnd.jupyter.widget-view+json"]["model_id"]
    kernel.run("vm.console.write('10%\\b\\b\\b\\033[31mdone\\n'); vm.console.expect('got.*\\n')")
    text = ""
    while "\x1b[31mdone\n" not in text:
        message = kernel.client.get_iopub_msg(timeout=TIME_LIMIT_S)
        if message["msg_type"] == "comm_msg" and message["content"]["comm_id"] == model:
            text += message["content"]["data"].get("content", {}).get("text", "")
    request = kernel.submit("vm.stop()")
    closed, last = False, {}
    while not (closed and "stopped" in last.get("text/plain", "")):
        message = kernel.client.get_iopub_msg(timeout=TIME_LIMIT_S)
        content = message["content"]
        closed = closed or (message["msg_type"], content.get("comm_id")) == ("comm_close", model)
        if content.get("transient", {}).get("display_id") == display:
            last = content["data"]
    assert set(last) == {"text/plain", "text/html"}
    assert kernel.ask(request)["status"] == "ok"


def test_showing_a_machine_again_makes_no_second_widget(kernel, image):
    name = image("echo")
    kernel.run(f"vm = %unikernel boot '{name}' --wait 1")
    kernel.run("from ipywidgets import Widget")
    counts = set()
    for _ in range(3):
        for view in ("console", "panel"):
            data = kernel.run(f"%unikernel {view} '{name}'")[-1][1]["data"]
            assert "application/vnd.jupyter.widget-view+json" in data
        counts.add(kernel.text("len(Widget.widgets)"))
    assert len(counts) == 1
    kernel.run("vm.stop()")
    left = kernel.text("sorted(type(one).__name__ for one in Widget.widgets.values())")
    assert left == "['Layout', 'PanelView']", "the console's is closed, and Start is on the panel"


def test_variables_and_remarks_in_a_line(kernel, image):
    kernel.run(f"name, n = {image('echo')!r}, 3")
    try:
        kernel.run("vm = %unikernel boot '{name}' --memory {n * 16} --wait 0  # a remark")
        assert kernel.text("vm.name, vm.spec.memory_mib") == f"({image('echo')!r}, 48)"
        kernel.run("def stop(it):\n    get_ipython().run_line_magic('unikernel', 'pause {it}')")
        kernel.run("stop(vm)")
        assert kernel.text("vm.state.value") == "'paused'"
    finally:
        kernel.run("%unikernel stop '$name'")
    outputs = kernel.outputs(kernel.submit("%unikernel stop {nmae}"))
    content = next(content for kind, content in outputs if kind == "error")
    assert (content["ename"], "Did you mean 'name'" in content["evalue"]) == ("UsageError", True)
