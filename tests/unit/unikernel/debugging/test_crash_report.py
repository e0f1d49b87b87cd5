"""What a core tells, in which order, and what of it is left out."""

from unikernel.debugging import crash_report


def frame(level, function, file="", line=""):
    place = {"file": file, "line": line} if line else {}
    return {"level": str(level), "func": function, **place}


TELLING = [frame(0, "trace_end"), frame(1, "platform_exit"), frame(2, "<signal handler called>")]
CALLS = [
    frame(3, "memcpy", "libos/copy.c", "7"),
    frame(4, "Cell.fill", "cell oops", "4"),
    frame(5, "Cell.start", "cell oops", "9"),
    frame(6, "caml_main"),
]


def test_the_frames_that_tell_of_the_crash_are_none_of_it():
    assert crash_report.crashed([*TELLING, *CALLS]) == 3
    assert crash_report.crashed(CALLS) == 0
    assert crash_report.crashed(TELLING) == 2
    assert crash_report.crashed([]) == 0


def test_the_source_that_is_shown_is_ours_before_anybodys():
    assert crash_report.nearest(CALLS, ["cell oops"]) == 1
    assert crash_report.nearest(CALLS, []) == 0
    assert crash_report.nearest([frame(0, "a"), frame(1, "b", "b.c", "2")], []) == 1
    assert crash_report.nearest([], []) == 0


def test_where_is_one_sentence():
    assert crash_report.where(CALLS, 0) == "It crashed in memcpy, libos/copy.c:7."
    assert crash_report.where(CALLS, 1).endswith(", called from Cell.fill, cell oops, line 4.")
    assert ", reached from Cell.start" in crash_report.where(CALLS, 2)
    assert crash_report.where([frame(0, "lost")], 0) == "It crashed in lost."
    assert "no frame" in crash_report.where([], 0)


def test_the_line_has_a_sign():
    assert crash_report.excerpt("8\ta\n9\tb\n\n", "9") == "  8\ta\n→ 9\tb"


def test_a_recursion_is_its_first_and_last_calls_and_how_many():
    inner = [frame(level, "Cell.dig", "cell deep", "2") for level in range(3, 40)]
    outer = [frame(level, "Cell.dig", "cell deep", "2") for level in range(998, 1001)]
    shown = crash_report.backtrace([*inner, *outer, frame(1001, "main")])
    assert shown.splitlines() == [
        *(f"#{level}   Cell.dig () at cell deep:2" for level in (3, 4, 5)),
        "     … 994 frames",
        "#1000 Cell.dig () at cell deep:2",
        "#1001 main ()",
    ]


def test_few_calls_are_all_shown_and_a_gap_is_counted():
    shown = crash_report.backtrace([*CALLS, frame(90, "main")])
    assert len(shown.splitlines()) == len(CALLS) + 2
    assert "     … 83 frames" in shown
