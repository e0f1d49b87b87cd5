"""Answers to lab 10."""

from . import Answer

_MENDED = r"""%%unikernel build mended --lang c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stop {
        const char *name;
        int minutes; /* to the next one */
        const struct stop *next;
};

static const struct stop harbour = {"Harbour", 0, NULL};
static const struct stop market = {"Market", 7, &harbour};
static const struct stop museum = {"Museum", 3, &market};
static const struct stop station = {"Station", 5, &museum};

static const struct stop *find(const char *name)
{
        const struct stop *at = &station;
        while (at && strcmp(at->name, name))
                at = at->next;
        return at;
}

/* Minutes, or -1 where no tram goes. */
static int ride(const char *from, const char *to)
{
        int minutes = 0;
        const struct stop *at = find(from);
        for (; at && strcmp(at->name, to); at = at->next)
                minutes += at->minutes;
        return at ? minutes : -1;
}

int main(int argc, char **argv)
{
        (void)argc;
        int minutes = ride(argv[1], argv[2]);
        if (minutes < 0) {
                puts("no tram");
                return 1;
        }
        printf("%d minutes\n", minutes);
        return 0;
}
"""

_JOINED = r"""%%unikernel build joined --lang c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *joined(int count, char **words)
{
        size_t length = 1;
        for (int i = 0; i < count; i++)
                length += strlen(words[i]) + 2;
        char *text = malloc(length);
        text[0] = 0;
        for (int i = 0; i < count; i++) {
                strcat(text, words[i]);
                if (i + 1 < count)
                        strcat(text, ", ");
        }
        return text;
}

int main(int argc, char **argv)
{
        char *text = joined(argc - 1, argv + 1);
        printf("%s\n", text);
        free(text);
        puts("done");
        return 0;
}
"""

_COINS = """\
def coins(machine):
    found = []
    with uk.debugging.gdb(machine) as gdb:
        coin = gdb.value("first")
        while coin:
            found.append(gdb.value(f"((struct coin *){coin})->number"))
            coin = gdb.value(f"((struct coin *){coin})->next")
    return found
"""

_SLOWEST = """\
def slowest(path):
    asked, waited = {}, {}
    for packet in uk.packets(path):
        if packet.protocol != "HTTP":
            continue
        if packet.info.startswith("GET "):
            asked[packet.source_port] = packet.info.split()[1], packet.time_s
        elif packet.destination_port in asked:
            page, since_s = asked.pop(packet.destination_port)
            waited[page] = (packet.time_s - since_s) * 1000
    return max(waited.items(), key=lambda item: item[1])
"""

_QUICK = r"""%%unikernel build quick
let words count modulus = List.init count (fun i -> string_of_int (i * i mod modulus))

let different words =
  let seen = Hashtbl.create 1000 in
  List.iter (fun word -> Hashtbl.replace seen word ()) words;
  Hashtbl.length seen

let start () =
  let count = int_of_string Sys.argv.(1) and modulus = int_of_string Sys.argv.(2) in
  Printf.printf "%d different words\n%!" (different (words count modulus))
"""

_AS_SLOW = """\
  let add seen word =
    let n = try List.assoc word seen with Not_found -> 0 in
    (word, n + 1) :: List.remove_assoc word seen
  in
  List.length (List.fold_left add [] words)
"""

_SEEN = """\
  let seen = Hashtbl.create 1000 in
  List.iter (fun word -> Hashtbl.replace seen word ()) words;
  Hashtbl.length seen
"""

ANSWERS = {
    "ex-debugging-1": Answer(
        _MENDED,
        wrong={
            _MENDED.replace("while (at && strcmp", "while (strcmp"): r"should say:\s+no tram",
            _MENDED.replace("return 1;", "return 0;"): r"the status should be 1; it exited",
        },
    ),
    "ex-debugging-2": Answer(
        _JOINED,
        wrong={
            _JOINED.replace("strlen(words[i]) + 2", "strlen(words[i]) + 1"): (
                r"abort: heap: overrun of the block"
            ),
            _JOINED.replace("        free(text);\n", "").replace('", "', '","'): r"should say:",
        },
    ),
    "ex-debugging-3": Answer(
        _COINS,
        wrong={
            _COINS.replace("return found", "return found[::-1]"): r"a vault of \d+ are others",
            _COINS.replace(
                "with uk.debugging.gdb(machine) as gdb:", "if gdb := uk.debugging.gdb(machine):"
            ): (r"still held when coins has returned"),
        },
    ),
    "ex-debugging-4": Answer(
        _SLOWEST,
        wrong={
            _SLOWEST.replace("* 1000", ""): r"took \d+ ms and a little more",
            _SLOWEST.replace("max(", "min("): r"The slow page was /page\d+; slowest says",
        },
    ),
    "ex-debugging-5": Answer(
        _QUICK,
        wrong={
            _QUICK.replace(_SEEN, _AS_SLOW): r"it should be 4 times as fast",
            _QUICK.replace("Hashtbl.length seen", "List.length words"): r"\d+ different words",
        },
    ),
}
