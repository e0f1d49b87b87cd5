"""Answers to lab 9."""

from . import Answer

_CHURN = """\
def churn(image, **settings):
    times = []
    for _ in range(3):
        with uk.boot(image, wait="exit", replace=True, **settings) as machine:
            machine.wait(timeout_s=30)
        said = machine.console.text
        times.append(int(re.search(r"(\\d+) us", said)[1]) / 1000)
    promoted = int(re.search(r"(\\d+) promoted", said)[1])
    return uk.Measurements([
        uk.Measurement("churn", min(times), "ms", {}),
        uk.Measurement("promoted", promoted, "words", {}),
    ])
"""

_SWEPT = """\
swept = uk.sweep(
    churn, PROGRAM, {"minor": ["4k", "16k", "64k", "128k", "256k"]}, repeat=3,
    environment={"OCAMLRUNPARAM": "s={{minor}}"}, memory_mib=128, **OPTIONS,
)
"""

_DIFFERS = """\
def differs(before, after):
    chance, both = random.Random(0), [*before, *after]
    apart = abs(statistics.median(before) - statistics.median(after))
    as_large = 0
    for _ in range(500):
        chance.shuffle(both)
        one, other = both[: len(before)], both[len(before) :]
        as_large += abs(statistics.median(one) - statistics.median(other)) >= apart
    return as_large < 10
"""

_TUNED = """\
tuned = uk.tune(
    churn, PROGRAM,
    {"minor": [f"{2**power}k" for power in range(9)], "overhead": [20, 40, 80, 120, 200, 400, 900]},
    metric="churn", at_most=24, environment={"OCAMLRUNPARAM": "s={{minor}},o={{overhead}}"},
    memory_mib=128, **OPTIONS,
)
"""

# Measures nothing, and promises that larger heaps promote less.
_MADE_UP = """\
def made_up(image, **settings):
    minor = int(re.search(r"s=(\\d+)k", settings["environment"]["OCAMLRUNPARAM"])[1])
    return uk.Measurements([
        uk.Measurement("churn", 9 - minor / 100, "ms", {}),
        uk.Measurement("promoted", 1000 - minor, "words", {}),
    ])

"""

ANSWERS = {
    "ex-tuning-1": Answer(
        _CHURN,
        wrong={
            _CHURN.replace("min(times)", "sum(times) / 3"): r"churn should have been [\d.]+ ms",
            _CHURN.replace("range(3)", "range(1)"): r"booted its image 1 times",
        },
    ),
    "ex-tuning-2": Answer(
        _SWEPT,
        wrong={
            _SWEPT.replace("s={{minor}}", "h={{minor}}"): r"as much is promoted",
            _MADE_UP + _SWEPT.replace("churn,", "made_up,"): (
                r"words are said to have been promoted"
            ),
            _SWEPT.replace("repeat=3", "repeat=1"): r"three times or more",
        },
    ),
    "ex-tuning-3": Answer(
        _DIFFERS,
        wrong={
            """\
def differs(before, after):
    return statistics.mean(before) != statistics.mean(after)
""": r"were taken for different",
            """\
def differs(before, after):
    return max(before) < min(after) or max(after) < min(before)
""": r"A fifth of difference was not seen",
        },
    ),
    "ex-tuning-4": Answer(
        _TUNED,
        wrong={
            _MADE_UP + _TUNED.replace("churn,", "made_up,"): (
                r"words are said to have been promoted"
            ),
            _TUNED.replace("range(9)", "range(1)"): r"should have 60 combinations or more",
            _TUNED.replace("range(9)", "[0, 0.5, 1, 1.25, 1.5, 1.75, 1.9, 1.95, 2]").replace(
                "{2**power}k", "{round(1024 * 2**power)}"
            ): r"there are better settings",
        },
    ),
}
