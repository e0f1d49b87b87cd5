import sys
import unicodedata

import pytest

from unikernel_toolchain.errors import CompileError
from unikernel_toolchain.messages.visible import visible, visible_lines

HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def test_every_control_and_format_character_is_shown():
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    hidden = [one for one in every if unicodedata.category(one) in HIDDEN]
    assert len(hidden) > 2000
    assert [one for one in hidden if one in visible(one)] == []


def test_letters_of_every_script_stay():
    text = "naïve Ωμέγα العربية 日本語 🙂 e\u0301 €"
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGFjaw==\x07", "^[]52;c;aGFjaw==^G"),
        ("\x00\t\n\r\x7f", "^@^I^J^M^?"),
        ("\x9b2J", "<U+009B>2J"),
        ("user\u202egpj.exe", "user<U+202E>gpj.exe"),
        ("a\u200bb\ufeff\U000e0041", "a<U+200B>b<U+FEFF><U+E0041>"),
        ("\udc80", "<U+DC80>"),
    ],
)
def test_what_is_hidden_is_written_out(text, shown):
    assert visible(text) == shown


def test_lines_and_tabs_stay_where_there_are_lines():
    assert visible_lines("a\tb\r\nc\rd\n") == "a\tb\nc^Md\n"


def test_errors_hide_nothing():
    error = CompileError("\x1b]0;x\x07 does not compile", detail="a\u202eb\nc", hint="\x9b2J")
    assert str(error) == "^[]0;x^G does not compile\na<U+202E>b\nc\n<U+009B>2J"
    heading, *rest = error._render_traceback_()
    assert "\x07" not in heading
    assert rest == ["a<U+202E>b\nc", "<U+009B>2J"]
