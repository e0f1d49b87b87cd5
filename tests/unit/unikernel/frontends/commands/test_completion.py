import pytest
from support.fake_machine import FakeDomain, FakeMachine, FakeProcess, fake_image

from unikernel.frontends.commands.completion import complete


@pytest.fixture
def known(tmp_path, only_these):
    image = fake_image(tmp_path)
    other = fake_image(tmp_path, name="two words")
    machine = FakeMachine(image, name="web server")
    only_these([image, other], [machine])
    return machine


@pytest.mark.parametrize("before", ["print(1)", "%timeit unikernel ", "unikernel bo", "%unikern"])
def test_other_lines_are_left_alone(before):
    assert complete(before) is None


@pytest.mark.parametrize(
    ("before", "candidates"),
    [
        ("%unikernel bo", ("boot",)),
        ("%%unikernel bu", ("build",)),
        ("vm = %unikernel bo", ("boot",)),
        ("%unikernel boot hello --mem", ("--memory",)),
        ("%unikernel export hello /srv --repl", ("--replace",)),
        ("%unikernel boot hello --accel ", ("auto", "kvm", "tcg")),
        ("%%unikernel build hello -t ", ("unix", "virtio", "xen")),
        ("%unikernel measure ", ("block", "boot", "http", "latency", "size", "throughput")),
        ("%unikernel mirage con", ("configure",)),
        ("%unikernel why ", ("'two words'", "hello")),
        ("%unikernel why hello ", ()),  # of an image without a map
        ("%unikernel boot hello -m ", ()),
        ("%unikernel boot hello -- --mem", ()),
        ("%unikernel nonsense ", ()),
    ],
)
def test_commands_flags_and_choices(before, candidates, known):
    assert complete(before).candidates == candidates


@pytest.mark.parametrize(
    ("before", "candidates"),
    [
        ("%unikernel boot ", ("'two words'", "hello")),
        ("%unikernel boot -m 64 h", ("hello",)),
        ("%unikernel plot size h", ("hello",)),
        ("%unikernel stop ", ("'web server'",)),
        ("%unikernel logs 'web", ("'web server'",)),
        ("%unikernel logs nobody ", ()),
        ("%unikernel export ", ("'two words'", "'web server'", "hello")),
    ],
)
def test_names(before, candidates, known):
    assert complete(before).candidates == candidates


def test_disks_of_machines_are_offered(tmp_path, only_these):
    image = fake_image(tmp_path)
    only_these([image], [FakeMachine(image, "vm", blocks={"a": "1M", "b": "2M"})])
    assert complete("%unikernel disk ").candidates == (
        *("attach", "cat", "detach", "extract", "info", "ls", "resize"),
    )
    assert complete("%unikernel disk ls v").candidates == ("vm:a", "vm:b")


@pytest.mark.parametrize(
    ("command", "names"), [("reset", ("vm",)), ("qmp", ("vm",)), ("pause", ("child", "vm"))]
)
def test_a_process_is_offered_only_what_it_can_do(command, names, tmp_path, only_these):
    image = fake_image(tmp_path)
    only_these([image], [FakeMachine(image, "vm"), FakeProcess(image, "child")])
    assert complete(f"%unikernel {command} ").candidates == names


def test_xl_is_offered_for_domains_with_what_it_knows(tmp_path, only_these):
    image = fake_image(tmp_path)
    only_these([image], [FakeMachine(image, "vm"), FakeDomain(image, "dom")])
    assert complete("%unikernel xl ").candidates == ("dom",)
    assert complete("%unikernel xl dom d").candidates == (
        *("debug-keys", "destroy", "dmesg", "domid", "domname", "dump-core"),
    )
    assert complete("%unikernel xl dom xen").candidates == ("xenstore-ls",)


def test_snapshots_are_offered_of_machines_that_have_some(tmp_path, only_these):
    image = fake_image(tmp_path)
    domain = FakeDomain(fake_image(tmp_path, "d", target="xen"), "domain")
    only_these([image], [FakeMachine(image), FakeProcess(image, "process"), domain])
    actions = ("compare", "delete", "list", "restore", "save")
    assert complete("%unikernel snapshot ").candidates == actions
    assert complete("%unikernel snapshot save ").candidates == ("hello", "process")
    assert complete("%unikernel snapshot restore hello ").candidates == ()
    assert complete("%unikernel trace ").candidates == ("domain", "hello", "process")


def test_the_fragment_is_the_unfinished_word(known):
    assert complete("%unikernel boot hello --mem").fragment == "--mem"
    assert complete("%unikernel boot ").fragment == ""


def test_qmp_commands_come_from_the_machine(known, only_these, monkeypatch):
    def answer(command, arguments=None):
        return [{"name": "query-status"}, {"name": "query-cpus-fast"}, {"name": "stop"}]

    monkeypatch.setattr(known, "qmp", answer)
    known._fake_side.name = "vm"
    only_these([known.image], [known])
    assert complete("%unikernel qmp vm query-").candidates == ("query-cpus-fast", "query-status")
