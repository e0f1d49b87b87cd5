"""Command lines of MirageOS 3.9, and what they mean here."""

from pathlib import Path

import pytest

from unikernel.errors import UsageError
from unikernel.frontends.commands.applications.mirage import COMMANDS
from unikernel.frontends.commands.arguments import HelpWanted
from unikernel.frontends.commands.parsers import parse, split


def parsed(line):
    return parse(["mirage", *split(line)])


def helped(line):
    with pytest.raises(HelpWanted) as caught:
        parsed(line)
    return caught.value.text


def test_a_command_is_ours_for_the_application_in_this_folder():
    for name in ("configure", "describe", "build", "clean"):
        options = parsed(name)
        assert (options.command, options.folder, options.of_mirage) == (name, None, True)
    assert parsed("build").name is None
    assert parsed("configure -t spt --dhcp true").words == ["--dhcp", "true"]


@pytest.mark.parametrize("name", ["configure", "describe", "build", "clean"])
def test_what_all_commands_of_3_9_take_is_taken(name):
    line = "-f sub/config.ml --build-dir=out -v -vv --verbosity debug -q --color=never --verbose"
    options = parsed(f"{name} {line}")
    assert (options.file, options.build_dir) == (Path("sub/config.ml"), Path("out"))
    assert not getattr(options, "words", [])


def test_what_single_commands_of_3_9_take_is_taken():
    options = parsed("configure -o server -t hvt --warn-error --no-depext --no-depends --no-opam")
    assert (options.output, options.target) == ("server", "hvt")
    assert options.words == ["--warn-error", "--no-depext"]  # which are keys
    options = parsed("describe --eval --no-eval --dot --dot-command=xdot --output=graph.dot")
    assert (options.dot, options.dot_command, options.output) == (True, "xdot", "graph.dot")


def test_help_is_that_of_all_commands_or_of_one():
    for line in ("", "help", "--help", "--help=plain", "-h", "help --man-format=plain"):
        assert all(summary in helped(line) for summary in COMMANDS.values()), line
    assert helped("help topics").split() == list(COMMANDS)
    for line in ("help build", "build --help", "build --help=pager", "help build -v"):
        assert "unikernel mirage build" in helped(line), line
    for line in ("help configure", "configure --help=plain", "configure --dhcp true --help"):
        assert "--output NAME" in parsed(line).help, line  # to which the keys are added


def test_the_version_is_that_of_the_language():
    assert helped("--version").startswith("3.9.0 ")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("built", "'build'"),
        ("run", "unikernel run"),
        ("depend", "nothing to install"),
        ("help bild", "'build'"),
        ("configure app", "-f DIR/config.ml"),
        ("configure -t hvt app", "-f DIR/config.ml"),
        ("build -t hvt", "mirage configure"),
        ("build --dhcp=true", "mirage configure"),
        ("clean --all", "mirage clean takes no --all"),
        ("configure -f", "expected one argument"),
    ],
)
def test_what_is_taken_nowhere_is_said_with_what_to_do(line, said):
    with pytest.raises(UsageError) as caught:
        parsed(line)
    assert said in str(caught.value)
    assert "unknown option" not in str(caught.value)
