import pytest

from unikernel.render.terminal_output import TerminalOutput, harmless


@pytest.mark.parametrize(
    ("data", "passed"),
    [
        (b"10%\r20%\bx\ty\n", "10%\r20%\bx\ty\n"),
        (b"\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m\x1b[0m"),
        (b"\x1b]52;c;aGFjaw==\x07", "^[]52;c;aGFjaw==^G"),
        (b"\x1b]0;title\x1b\\", "^[]0;title^[\\"),
        (b"\x1b[2J\x1b[H\x1bc\x1b[?1049h", "^[[2J^[[H^[c^[[?1049h"),
        (b"\x1bP$q\x1b\\\x1b[6n\x1b[>0c", "^[P$q^[\\^[[6n^[[>0c"),
        (b"\x9b2J \xc2\x9b2J", "\ufffd2J <U+009B>2J"),
        ("a\u202eb\u2066c".encode(), "a<U+202E>b<U+2066>c"),
        (b"\x1b[" + b"1;" * 100 + b"m", "^[[" + "1;" * 100 + "m"),
        (b"end\x1b", "end^["),
        (b"\xe2\x82", "\ufffd"),
    ],
)
def test_only_what_a_console_means_passes(data, passed):
    assert harmless(data) == passed


def test_pieces_pass_as_the_whole_does():
    data = "é\x1b[31mred\x1b[0m\x1b]0;t\x07 ☺\x1b[2J\x1b".encode()
    output = TerminalOutput()
    pieces = [output.pass_on(bytes([byte])) for byte in data]
    assert "".join([*pieces, output.finish()]) == harmless(data)
