"""The magics in a shell of this process, with a machine that needs no hypervisor."""

import pwd

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from support.fake_machine import fake_image, only_one
from traitlets.config import Config

from unikernel import api
from unikernel.host import event_loop
from unikernel.model.measurement import Measurement, Measurements
from unikernel.model.state import Cause
from unikernel_toolchain.errors import CompileError
from unikernel_toolchain.messages.user_facing_error import UserFacingError


@pytest.fixture
def shell():
    InteractiveShell.clear_instance()
    quiet = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell.instance(config=quiet)
    shell.display_pub = CapturingDisplayPublisher()
    shell.run_line_magic("load_ext", "unikernel")
    yield shell
    shell.run_line_magic("unload_ext", "unikernel")
    InteractiveShell.clear_instance()


@pytest.fixture
def machine(tmp_path, only_these):
    return only_one(only_these, tmp_path)


@pytest.fixture
def booting(machine, monkeypatch):
    """`boot` hands out `machine`; what it was asked is kept."""
    asked = {}

    def boot(image, **choices):
        asked.update(choices)
        return machine

    monkeypatch.setattr("unikernel.machines.boot", boot)
    return asked


def run(shell, cell):
    """Run a cell; return its value, or raise what it raised."""
    result = shell.run_cell(cell)
    result.raise_error()
    return result.result


def shown(shell, value):
    data, _ = shell.display_formatter.format(value)
    return data


def test_alone_it_lists_machines(shell, machine):
    assert "hello  running" in str(run(shell, "%unikernel"))


def test_build_gives_the_cell_to_the_toolchain(shell, monkeypatch, tmp_path):
    asked = {}

    def built(config, **options):
        asked.update(options, config=config)
        return fake_image(tmp_path, name=config.name)

    monkeypatch.setattr(api, "built", built)
    image = run(shell, "%%unikernel build hello -p lwt\nlet x = {1} $HOME\n")
    assert asked["config"].sources == {"cell.ml": "let x = {1} $HOME\n"}
    assert asked["config"].first_line == 2
    assert asked["config"].packages == ("lwt",)
    assert asked["progress"]
    assert shown(shell, image)["text/plain"].endswith("Next: %unikernel boot hello")
    assert "123,456 bytes" in shown(shell, image)["text/html"]


def test_the_compilers_warnings_are_shown_beside_the_image(shell, monkeypatch, tmp_path, capsys):
    image = fake_image(tmp_path, log="Warning 8: not exhaustive\x1b[2J\n" + "line\n" * 200)
    monkeypatch.setattr(api, "built", lambda *_, **__: image)
    assert run(shell, "%%unikernel build hello\nlet () = ()\n") is image
    assert capsys.readouterr().err == "", "front ends show it as they show failures"
    (data,) = [it["data"] for it in shell.display_pub.outputs if "Warning" in str(it["data"])]
    assert 'role="note"' in data["text/html"]
    lines = data["text/plain"].splitlines()
    assert lines[0] == "Warning 8: not exhaustive^[[2J"
    assert lines[-1] == "… and 101 lines more"


@pytest.mark.parametrize(
    ("cell", "name", "message"),
    [
        ("%unikernel boot hello --memroy 4", "UsageError", "Did you mean '--memory'?"),
        ("%unikernel stop nobody", "NoSuchMachine", "There are: hello"),
        ("%unikernel boot nothing", "NoSuchImage", "There are: hello"),
        ("%%unikernel\nlet x = 1", "UsageError", "ps takes no cell"),
    ],
)
def test_errors_are_short_and_have_no_traceback(cell, name, message, shell, machine, capsys):
    result = shell.run_cell(cell)
    assert type(result.error_in_exec).__name__ == name
    printed = capsys.readouterr().out
    assert message in printed
    assert "Traceback" not in printed


def test_an_interrupt_is_told_in_a_sentence(shell, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "built", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(shell, "%%unikernel build hello\nlet () = ()\n")
    assert capsys.readouterr().out.strip() == "KeyboardInterrupt: build was interrupted."


def test_errors_of_the_toolchain_look_the_same(shell, monkeypatch, capsys):
    def built(*_, **__):
        raise CompileError("'hello' does not compile.", detail='File "cell hello", line 3')

    monkeypatch.setattr(api, "built", built)
    assert shell.run_cell("%%unikernel build hello\nlet x =").error_in_exec
    printed = capsys.readouterr().out
    assert 'File "cell hello", line 3' in printed
    assert "Traceback" not in printed


def test_help_is_no_error(shell):
    assert "--memory" in str(run(shell, "%unikernel boot --help"))


def test_boot_shows_the_console_and_returns_the_machine(shell, machine, booting):
    machine.console.feed(b"Hello\n")
    machine.end()
    assert run(shell, "vm = %unikernel boot hello\nvm") is machine
    last = shell.display_pub.outputs[-1]
    assert last["data"]["text/plain"] == "Hello\n[hello: exited, status 0]"
    assert booting["name"] == "hello"


def test_the_console_goes_on_after_the_cell(shell, machine, booting):
    machine.console.feed(b"one\n")
    run(shell, "%unikernel boot hello --wait 0")
    event_loop.call(_say(machine, b"two\n"))
    machine.end(Cause.EXIT, 0)
    event_loop.call(_settled())
    last = shell.display_pub.outputs[-1]
    assert last["update"]
    assert last["data"]["text/plain"].startswith("one\ntwo\n")


async def _say(machine, text):
    machine.console.feed(text)


async def _settled():
    import asyncio

    await asyncio.sleep(0.2)


def test_defaults_can_be_configured(shell, machine, booting):
    run(shell, "%config UnikernelMagics.memory = 64")
    run(shell, "%unikernel boot hello --wait 0")
    assert booting["memory_mib"] == 64
    run(shell, "%unikernel boot hello --wait 0 --memory 8")
    assert booting["memory_mib"] == 8


def test_defaults_of_qemu_are_no_wish_for_a_process(shell, tmp_path, only_these, booting):
    only_these([fake_image(tmp_path, target="unix")], [])
    run(shell, "%config UnikernelMagics.accel = 'tcg'")
    run(shell, "%config UnikernelMagics.machine = 'pc'")
    run(shell, "%unikernel boot hello --wait 0")
    assert not {"accelerator", "machine"} & {*booting}
    run(shell, "%unikernel boot hello --wait 0 --accel kvm")
    assert booting["accelerator"] == "kvm"


def test_measurements_show_medians(shell):
    where = {"accelerator": "tcg"}
    rows = [Measurement("boot.total", ms, "ms", where, i) for i, ms in enumerate((3, 5))]
    data = shown(shell, Measurements(rows))
    assert "4" in data["text/plain"]
    assert "not comparable" in data["text/plain"]
    assert "<table>" in data["text/html"]


def test_loading_twice_is_harmless_and_unloading_leaves_nothing(shell):
    before = len(shell.Completer.custom_matchers)
    shell.run_line_magic("reload_ext", "unikernel")
    assert len(shell.Completer.custom_matchers) == before
    shell.run_line_magic("unload_ext", "unikernel")
    assert shell.find_line_magic("unikernel") is None
    assert len(shell.Completer.custom_matchers) == before - 1
    assert not [c for c in shell.configurables if type(c).__name__ == "UnikernelMagics"]
    shell.run_line_magic("load_ext", "unikernel")


@pytest.mark.parametrize("line", ["boot x", "measure size x", "plot size x", "clean", "doctor"])
def test_without_a_home_a_cell_says_what_to_set(shell, line, monkeypatch):
    def unknown(_):
        raise KeyError

    for name in ("HOME", "XDG_CACHE_HOME", "UNIKERNEL_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)  # a user whom the user database does not know
    try:
        message = str(run(shell, f"%unikernel {line}"))
    except UserFacingError as error:
        message = str(error)
    assert "UNIKERNEL_CACHE" in message


def test_a_folder_that_was_configured_has_a_target_of_its_own(shell, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "unikernel.frontends.commands.actions.run", lambda call: call.options.target
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.ml").write_text("open Mirage\n")
    assert run(shell, "%unikernel build .") == "virtio"
    (tmp_path / ".mirage.config").write_text("-t\nunix\n")
    assert run(shell, "%unikernel build .") is None
    assert run(shell, "%unikernel build") is None
    assert run(shell, "%unikernel mirage build") is None
    assert run(shell, "%unikernel build . -t virtio") == "virtio"
