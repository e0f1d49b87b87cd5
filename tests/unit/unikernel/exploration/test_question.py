"""What each setting means: for the build, for the boot, for the measurement."""

import pytest

from unikernel.errors import UsageError
from unikernel.exploration.measurements import kind_of
from unikernel.exploration.programs import program_of
from unikernel.exploration.question import Question
from unikernel_toolchain.errors import BadRequest

TEXT = 'let start () = print_endline "{{word}}"\n'


def question(axes=None, what="boot", **fixed):
    return Question(kind_of(what), program_of(TEXT), axes or {}, fixed)


def test_devices_that_are_wired_by_name_are_declared():
    asked = question(blocks={"storage": "64M"}, nets="service=tap")
    assert asked.build_settings({}) == {"blocks": ["storage"], "nets": ["service"]}
    wired = asked.measurement_settings({})
    assert wired == {"blocks": {"storage": "64M"}, "nets": {"service": "tap"}}
    first = question(blocks="64M", nets="tap,offload=off")
    assert first.build_settings({}) == {}
    wired = first.measurement_settings({})
    assert wired == {"blocks": {"": "64M"}, "nets": {"": "tap,offload=off"}}
    listed = question(blocks=["one", "two"])
    assert listed.build_settings({}) == {"blocks": ["one", "two"]}
    assert listed.measurement_settings({}) == {}


def test_a_name_may_be_several_things_at_once():
    asked = question(
        {"memory_mib": (16,), "word": (1,)}, arguments="--at {{memory_mib}} '{{word}} b'"
    )
    settings = {"memory_mib": 16, "word": True}
    assert asked.substitutions(settings) == {"memory_mib": "16", "word": "true"}
    assert asked.measurement_settings(settings) == {
        "memory_mib": 16,
        "arguments": ("--at", "16", "true b"),
    }
    assert asked.in_program == {"word"}


def test_texts_are_read_as_command_lines_have_them():
    asked = question(packages="lwt cstruct", environment="A=1 B={{word}}", word="x")
    assert asked.build_settings({}) == {"packages": ["lwt", "cstruct"]}
    assert asked.measurement_settings({})["environment"] == {"A": "1", "B": "x"}
    with pytest.raises(UsageError, match="is no variable"):
        question(environment="A")
    with pytest.raises(UsageError, match="stands for a number, a text or a truth"):
        question(word=[1]).substitutions({})


def test_each_measurement_takes_its_own_options():
    assert question({"streams": (1,)}, what="throughput").measurement_settings({"streams": 1})
    with pytest.raises(UsageError, match="no setting of a sweep of boot"):
        question({"streams": (1,)})
    with pytest.raises(UsageError, match="no setting of a sweep of size"):
        question({"memory_mib": (1,)}, what="size")


def test_what_an_image_is_called_is_no_other_question():
    named = question({"word": (1,)}, name="web")
    assert named.identity() == question({"word": (1,)}).identity()
    assert named.title == "boot of web at 1 point"


@pytest.mark.parametrize(
    ("fixed", "message"),
    [
        ({"arguments": "a 'b"}, "cannot be split as a shell does: no closing quotation"),
        ({"memory_mib": "16..128"}, "whole number.*\\n.*16, 32, 64, 128"),
        ({"target": "unixx"}, "no target 'unixx'.*\\n.*unix"),
        ({"environment": "a=1"}, "cannot be a boot variable"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(fixed, message):
    with pytest.raises(UsageError, match=message):
        question(**fixed)
    ((name, value),) = fixed.items()
    with pytest.raises(UsageError, match="None of the 2 values"):
        question({name: (value, f"{value} ")})


def test_options_of_our_measurements_are_numbers():
    for what, name, wrong in (
        ("http", "connections", (0, -1, "abc", 1.5)),
        ("http", "seconds", ("5 s", 0, -1.0, True)),
        ("boot", "timeout_s", (-1, float("inf"))),
        ("latency", "count", (0,)),
    ):
        for value in wrong:
            asked = question({name: (1, value)}, what=what)
            assert asked.measurement_settings({name: 1})[name] == 1
            with pytest.raises((UsageError, BadRequest), match=name):
                asked.measurement_settings({name: value})
            with pytest.raises(UsageError, match=name):
                question(what=what, **{name: value})
    assert question(what="throughput", window_kib=None)


def test_one_value_that_cannot_be_is_a_point_that_fails():
    asked = question({"memory_mib": (16, "abc"), "arguments": ("'", "{{word}}'")})
    assert len(list(asked.points())) == 4


def test_questions_are_told_apart():
    def first(image):
        return 1

    def second(image):
        return 2

    names = [question(what=what).identity()["what"] for what in ("boot", first, second)]
    assert len(set(names)) == 3
    assert question(memory_mib=16).identity() != question(memory_mib=32).identity()
