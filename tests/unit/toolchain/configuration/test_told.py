import pytest

from unikernel_toolchain.configuration import told
from unikernel_toolchain.configuration.told import Told


def test_what_configure_was_told_is_read_as_it_was_written(tmp_path):
    words = ("--hello", "a\nb \\n\r\u2028ü\udce9", "-p=1")
    said = Told("unix", "../my app", "other.ml", "server", words)
    (tmp_path / told.FILE).write_bytes(said.contents())
    assert told.read(tmp_path) == said
    assert told.read(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    "lines", ["configure\n-t\nhvt\n--dhcp=true\n", "mirage\nconfigure\n--target=hvt\n--dhcp=true\n"]
)
def test_what_3_9_left_is_read(tmp_path, lines):
    (tmp_path / told.FILE).write_text(f"{lines}-b\nout\n")
    assert told.read(tmp_path) == Told(target="hvt", words=("--dhcp=true",))


@pytest.mark.parametrize("text", ["", "\n", "-t", "configure"])
def test_what_is_cut_short_is_read_for_what_is_there(tmp_path, text):
    (tmp_path / told.FILE).write_text(text)
    assert told.read(tmp_path) in (Told(), Told(words=("",)))


def test_flags_that_are_given_again_count_more():
    before = ("--hello", "a", "--dhcp=true", "-v", "--port", "1")
    assert told.merged(before, ()) == before
    assert told.merged(before, ("--dhcp", "false", "--hello=b")) == (
        *("-v", "--port", "1"),
        *("--dhcp", "false", "--hello=b"),
    )
