"""Answers to lab 2."""

from . import Answer

GUEST_MS = """\
def guest_ms(boots):
    own = ("boot.base", "boot.runtime", "boot.libraries", "boot.application")
    sums = {}
    for row in boots:
        if row.metric in own:
            sums[row.sample] = sums.get(row.sample, 0) + row.value
    return statistics.median(sums.values())
"""
EARLY = """\
%%unikernel build early
let hash i =
  let x = ref i in
  for _ = 1 to 60 do x := !x * 31 mod 10007 done;
  !x

let table = lazy (Array.init 300_000 hash)
let total = lazy (Array.fold_left ( + ) 0 (Lazy.force table))

let start () =
  print_endline "ready";
  let n = int_of_string Sys.argv.(1) in
  Printf.printf "%d of %d\\n" (Lazy.force table).(n) (Lazy.force total)
"""
EAGER = """\
%%unikernel build early
let hash i =
  let x = ref i in
  for _ = 1 to 60 do x := !x * 31 mod 10007 done;
  !x

let start () =
  let table = Array.init 300_000 hash in
  let total = Array.fold_left ( + ) 0 table in
  print_endline "ready";
  let n = int_of_string Sys.argv.(1) in
  Printf.printf "%d of %d\\n" table.(n) total
"""
LEAST_MIB = """\
def least_mib(name, words):
    def runs(memory_mib):
        try:
            trial = uk.boot(
                name, name="trial", arguments=words, memory_mib=memory_mib, replace=True
            )
        except uk.errors.BootFailed:
            return False
        return trial.wait(20).ok

    low, high = 1, 64
    while low < high:
        middle = (low + high) // 2
        if runs(middle):
            high = middle
        else:
            low = middle + 1
    return low
"""
SEGMENTS = """\
def segments(path):
    data = Path(path).read_bytes()
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    found = []
    for place in range(table, table + size * count, size):
        kind, flags = struct.unpack_from("<II", data, place)
        (address,) = struct.unpack_from("<Q", data, place + 16)
        (bytes_in_memory,) = struct.unpack_from("<Q", data, place + 40)
        rights = "".join(
            letter if flags & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1))
        )
        if kind == 1:
            found.append((rights, address, bytes_in_memory))
    return found
"""
SMALLEST = """\
%%unikernel build smallest --lang c --no-symbols
#include "solo5.h"

int solo5_app_main(const struct solo5_start_info *info)
{
        const char *end = info->cmdline;
        while (*end && *end != ' ')
                end++;
        solo5_console_write(info->cmdline, end - info->cmdline);
        solo5_console_write("\\n", 1);
        return SOLO5_EXIT_SUCCESS;
}
"""

ANSWERS = {
    "ex-boot-1": Answer(
        GUEST_MS,
        wrong={
            """\
def guest_ms(boots):
    phases = ("base", "runtime", "libraries", "application")
    return sum(boots.median(f"boot.{phase}") for phase in phases)
""": r"Of \d boots that were made up for it, guest_ms answers",
            "def guest_ms(boots):\n    return boots.no_such_thing\n": r"guest_ms.* AttributeError",
        },
    ),
    "ex-boot-2": Answer(
        EARLY,
        wrong={
            EAGER: r"its first line it takes \d+ ms, of \d+ ms before",
            EARLY.replace("60 do", "6 do"): r"should say:\s+ready\s+\d+ of \d+",
        },
    ),
    "ex-boot-3": Answer(
        LEAST_MIB,
        wrong={
            "def least_mib(name, words):\n    return 1\n": r"With 1 MiB, \d+ numbers do not run",
            "def least_mib(name, words):\n    return 48\n": r"With less than 48 MiB",
        },
    ),
    "ex-boot-4": Answer(
        SEGMENTS,
        wrong={
            SEGMENTS.replace("if kind == 1", "if kind"): r"there are \d segments to load",
            SEGMENTS.replace("place + 40", "place + 32"): r"segments answers \('r.*that is not so",
        },
    ),
    "ex-boot-5": Answer(
        SMALLEST,
        wrong={
            SMALLEST.replace(" && *end != ' '", ""): r"should say:\s+word",
            """\
%%unikernel build smallest --lang c
#include <stdio.h>

int main(int argc, char **argv)
{
        printf("%s\\n", argc > 1 ? argv[1] : "");
        return 0;
}
""": r"smallest has [\d,]+ bytes; it should have",
        },
    ),
}
