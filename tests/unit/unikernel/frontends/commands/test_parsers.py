import argparse

import pytest

from unikernel import measure, plots
from unikernel.errors import UsageError
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.arguments import HelpWanted
from unikernel.frontends.commands.measuring import choices as measure_arguments
from unikernel.frontends.commands.parsers import COMMANDS, parse, parser, split


def adds_up(flag):
    return isinstance(flag, argparse._AppendAction)


def parsed(line):
    return parse(split(line))


@pytest.mark.parametrize(
    ("line", "wrong", "meant"),
    [
        ("boot hello --memroy 64", "--memroy", "'--memory'"),
        ("boot --memroy 64 hello", "--memroy", "'--memory'"),
        ("boot hello --memroy=64", "--memroy", "'--memory'"),
        ("build hello --pakage lwt", "--pakage", "'--package'"),
        ("stop --al", "--al", "'--all'"),
        ("buidl hello", "'buidl'", "'build'"),
        ("build hello -t virtoi", "'virtoi'", "'virtio'"),
        ("build hello --lang ocmal", "'ocmal'", "'ocaml'"),
        ("boot hello --machine microwm", "'microwm'", "'microvm'"),
        ("boot hello --accel=kmv", "'kmv'", "'kvm'"),
        ("measure bot hello", "'bot'", "'boot'"),
    ],
)
def test_a_misspelt_word_is_named_with_what_was_meant(line, wrong, meant):
    with pytest.raises(UsageError) as caught:
        parsed(line)
    assert wrong in caught.value.what
    assert caught.value.hint.startswith(f"Did you mean {meant}?")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("boot", "required: NAME"),
        ("boot hello --memory", "expected one argument"),
        ("boot hello --memory lots", "'lots' is no amount of memory"),
        ("boot hello --env FOO", "'FOO' is not of the form NAME=VALUE"),
        ("boot hello extra", "boot does not take extra"),
        ("export hello", "required: DIR"),
        ("export hello out --port=1", "no flag --port"),
        ("boot hello --wait soon", "'soon' is no number of seconds"),
        ("boot hello --wait nan", "'nan' is no number of seconds"),
        ("logs hello -n 0", "'0' is no whole number"),
        ("boot hello -x", "no flag -x"),
        ("stop hello -- x", "no arguments for the guest"),
        ('boot "hello', "No closing quotation"),
        ("frobnicate", "No command 'frobnicate'"),
        ("configure app other", "configure app takes no 'other'"),
        ("describe app --dot other", "describe app takes no 'other'"),
        ("config hello -t unix other", "config hello takes no 'other'"),
    ],
)
def test_a_wrong_line_is_a_usage_error(line, message):
    with pytest.raises(UsageError, match=message):
        parsed(line)


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("boot hello --logs=*:debug", "boot hello -- '--logs=*:debug'"),
        ("boot --ipv4=192.168.9.5/24 hello", "boot hello -- --ipv4=192.168.9.5/24"),
        ("boot --quick hello -m 64", "boot hello -m 64 -- --quick"),
        ("boot hello --hello you -m 64", "boot hello -m 64 -- --hello you"),
        ("boot hello -m 64 --dhcp -- --port 80", "boot hello -m 64 -- --dhcp --port 80"),
        ("run --ipv4 192.168.9.5/24", "run -- --ipv4 192.168.9.5/24"),
        ("run --quick . --hello 'a b'", "run . -- --quick --hello 'a b'"),
    ],
)
def test_a_key_ahead_of_the_dashes_is_told_where_it_goes(line, instead):
    with pytest.raises(UsageError, match="has no flag --") as caught:
        parsed(line)
    assert caught.value.hint == f"Keys of the application come after --: %unikernel {instead}"
    parsed(instead)


FLAGS = [  # of each command, those with a value; -t and --target are one
    (command, action)
    for command, described in parser().subparsers.items()
    for action in described.actions
    if action.option_strings and action.nargs != 0
]


@pytest.mark.parametrize(
    ("command", "flag"), [(word, flag) for word, flag in FLAGS if not adds_up(flag)]
)
def test_a_flag_of_one_value_is_given_once(command, flag):
    value = next(iter(flag.choices or ("main" if command == "configure" else "1",)))
    names = [*flag.option_strings, *flag.option_strings][:2]
    with pytest.raises(UsageError) as caught:
        parser().subparsers[command].parse_known_args([names[0], value, names[1], value])
    assert f"takes one {'/'.join(flag.option_strings)}, and there are two" in caught.value.what


def test_most_flags_take_one_value_and_some_add_up():
    assert len([flag for _, flag in FLAGS if not adds_up(flag)]) > 60
    assert [flag.dest for word, flag in FLAGS if word == "measure" and adds_up(flag)]


def test_one_flag_leaves_nothing_in_what_was_parsed():
    before = vars(parsed("boot hello"))
    assert vars(parsed("boot hello -m 64")) == {**before, "memory": 64}
    assert vars(parsed("boot hello -m 64")) == {**before, "memory": 64}, "no memory of the last"


@pytest.mark.parametrize("word", COMMANDS)
def test_every_command_has_help_and_says_what_it_does(word):
    try:
        text = parsed(f"{word} --help").help  # to which the keys of config.ml are added
    except HelpWanted as wanted:
        text = wanted.text
    assert COMMANDS[word][1].lower() in text.lower()


@pytest.mark.parametrize("line", ["-t unix hello a.ml", "hello -t unix a.ml", "hello a.ml -t unix"])
def test_operands_stand_anywhere_among_flags(line):
    options = parsed(f"build {line}")
    assert (options.name, options.files, options.target) == ("hello", ["a.ml"], "unix")


def test_nothing_means_ps():
    assert parsed("").command == "ps"


def test_words_after_two_dashes_are_the_guests():
    options = parsed("boot hello --memory 8 -- --verbose 'two words'")
    assert options.arguments == ["--verbose", "two words"]
    assert options.memory == 8


@pytest.mark.parametrize(
    ("text", "mib"), [("64", 64), ("64M", 64), ("64MiB", 64), ("1G", 1024), ("2gib", 2048)]
)
def test_memory_units(text, mib):
    assert parsed(f"boot hello -m {text}").memory == mib


def test_json_in_single_quotes_arrives_whole():
    options = parsed("""qmp hello human-monitor-command '{"command-line": "info mem"}'""")
    assert options.request == "human-monitor-command"
    assert options.json == '{"command-line": "info mem"}'


def test_names_may_have_blanks_and_any_script():
    assert parsed("build 'mój kernel' 'ma source.ml'").name == "mój kernel"


def test_packages_add_up():
    assert parsed("build hello -p lwt --package=logs").package == ["lwt", "logs"]


def test_passes_to_leave_out_add_up():
    options = parse(split("build x --without-pass strip --without-pass constant-modules"))
    assert options.without_pass == ["strip", "constant-modules"]
    assert parse(split("build x")).without_pass == []


def test_a_pass_that_has_no_switch_cannot_be_left_out():
    with pytest.raises(UsageError, match="wx"):
        parse(split("build x --without-pass wx"))


def test_a_flag_left_out_is_left_to_the_front():
    """A notebook has defaults of its own (%config UnikernelMagics)."""
    assert parsed("build hello").target is None
    assert parsed("boot hello").memory is None


def test_what_can_be_typed_can_be_done():
    assert set(COMMANDS) - {"mirage"} == set(actions.COMMANDS)  # mirage means others of these


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("configure app -t virtio --dhcp true", ["--dhcp", "true"]),
        ("configure --hello=x -t virtio", ["--hello=x"]),
        ("configure . -n 3 --flag --target unix", ["-n", "3", "--flag"]),
        ("config hello --dhcp true -t unix", ["--dhcp", "true"]),
        ("describe app --net direct", ["--net", "direct"]),
    ],
)
def test_what_is_no_flag_of_ours_is_config_mls(line, words):
    assert parsed(line).words == words


@pytest.mark.parametrize(
    ("line", "folder", "words"),
    [
        ("configure -t unix app", "app", []),
        ("configure --dry-run app", "app", []),
        ("configure -tunix app --dhcp true", "app", ["--dhcp", "true"]),
        ("configure --dhcp true app", "app", ["--dhcp", "true"]),
        ("configure --dhcp=true app", "app", ["--dhcp=true"]),
        ("configure --hello ''", "", ["--hello", ""]),
        ("configure --hello app", "", ["--hello", "app"]),  # its value, or a folder: the former
        ("describe --dot app", "app", []),
        ("describe -o graph app", "app", []),
    ],
)
def test_the_folder_of_an_application_stands_where_it_is_no_value(line, folder, words):
    options = parsed(line)
    assert (options.folder, options.words) == (folder, words)


def test_what_can_be_measured_can_be_plotted():
    named = set(measure_arguments.MEASURES)
    assert named == set(measure_arguments.TAKES) == set(measure.__all__) == set(plots.PLOTS)
