"""What may be run by `xl`, and how it is shown."""

import pytest

from unikernel.errors import Dom0Refused, UsageError
from unikernel.machines.xen.dom0 import Done
from unikernel.machines.xen.xl import words


@pytest.mark.parametrize(
    ("given", "argv"),
    [
        (["list", "-v"], ["xl", "list", "-v"]),
        (["--", "dmesg"], ["xl", "dmesg"]),
        (["debug-keys", "q"], ["xl", "debug-keys", "q"]),
        (["xenstore-ls", "/local; rm -r /"], ["xenstore-ls", "/local; rm -r /"]),
        (["list", "$(reboot)"], ["xl", "list", "$(reboot)"]),
    ],
)
def test_words_are_xls_and_no_shells(given, argv):
    assert words.argv(given) == argv


@pytest.mark.parametrize(
    "given", [[], ["--"], ["console", "web"], ["/bin/sh"], ["xenstore-rm", "/"], ["list", "a\0b"]]
)
def test_others_are_refused_with_what_to_do(given):
    with pytest.raises(UsageError):
        words.argv(given)


def test_output_is_bounded_to_its_end_and_harmless():
    said = words.output(["dmesg"], Done(0, b"\x1b[2J" + b"x" * 10 + b"\n\xff", b"", 0, 0))
    assert said == "^[[2Jxxxxxxxxxx\n\N{REPLACEMENT CHARACTER}"
    much = words.output(["dmesg"], Done(0, b"a" * 300_000 + b"end", b"", 0, 0))
    assert much.startswith("[100,003 characters left out]\n")
    assert much.endswith("end")


def test_an_unknown_command_is_told_with_the_nearest():
    errors = b"command not implemented"
    with pytest.raises(Dom0Refused, match="lisst ended with status 1") as caught:
        words.output(["lisst"], Done(1, b"", errors, 0, 0))
    assert caught.value.hint == "Did you mean 'list'?"
    assert "not implemented" in caught.value.detail
