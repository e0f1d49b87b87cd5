"""Answers to lab 8."""

from . import Answer

_WHOAMI = r"""%%unikernel build whoami -p lwt
open Lwt.Infix

let start () =
  OS.Xs.make () >>= fun xs ->
  let read path = OS.Xs.(immediate xs (fun h -> read h path)) in
  read "domid" >>= fun id ->
  read "name" >>= fun name ->
  read "memory/static-max" >|= fun kib ->
  Printf.printf "domain %s, called %s, with %s KiB\n" id name kib
"""

_MAILBOX = r"""%%unikernel build mailbox -p lwt
open Lwt.Infix

let start () =
  OS.Xs.make () >>= fun xs ->
  OS.Xs.(immediate xs (fun h -> write h "data/note" Sys.argv.(1))) >>= fun () ->
  print_endline "listening";
  let take h =
    OS.Xs.read h "control/sysrq" >>= function
    | "" -> Lwt.fail Xs_protocol.Eagain
    | letter -> OS.Xs.write h "control/sysrq" "" >|= fun () -> letter
  in
  let rec letters () =
    OS.Xs.wait xs take >>= fun letter ->
    print_endline ("letter " ^ letter);
    letters ()
  in
  let goodbye = OS.Lifecycle.await_shutdown_request () >|= fun _ -> print_endline "bye" in
  Lwt.pick [ letters (); goodbye ]
"""

_STATES = """\
def states(tree):
    found, way = {}, []
    for line in tree.splitlines():
        name, _, value = line.lstrip(" ").partition(" = ")
        depth = len(line) - len(line.lstrip(" "))
        way = [*way[:depth], name]
        if depth == 2 and name == "state":
            found["/".join(way[:2])] = int(value.strip('"'))
    return found
"""

_BELL = r"""%%unikernel build bell --lang c
#include <stdio.h>
#include <stdlib.h>
#include "unikernel.h"
#include "unikernel_xen.h"

static char line[100];
#define SAY(...) unikernel_console_write(line, (size_t)snprintf(line, sizeof line, __VA_ARGS__))
#define EVENTS ((unikernel_ready_t)1 << UNIKERNEL_EVENT_CHANNEL_HANDLE)

int unikernel_main(const struct unikernel_start_info *info)
{
        unsigned long count = strtoul(info->cmdline, NULL, 10), heard = 0;
        uint16_t self = unikernel_xen_domain();
        uint32_t here = unikernel_event_channel_alloc(self);
        uint32_t there = unikernel_event_channel_bind(self, here);
        if (!here || !there)
                return 1;
        while (heard < count) {
                unikernel_event_channel_notify(there);
                while (!unikernel_event_channel_take(here))
                        unikernel_wait(EVENTS, UINT64_MAX);
                heard++;
        }
        SAY("heard %lu of %lu\n", heard, count);
        return 0;
}
"""

ANSWERS = {
    "ex-xen-1": Answer(
        _WHOAMI,
        wrong={_WHOAMI.replace("memory/static-max", "domid"): r"In a domain of \d+ MiB, whoami"},
    ),
    "ex-xen-2": Answer(
        _MAILBOX,
        wrong={
            _MAILBOX.replace('write h "control/sysrq" ""', 'read h "name" >|= ignore'): (
                r"(still in the box|seen once)"
            ),
        },
    ),
    "ex-xen-3": Answer(
        _STATES,
        wrong={
            _STATES.replace("depth == 2 and ", ""): r"A tree with \d+ devices is read as",
            _STATES.replace("int(value.strip('\"'))", "value"): r"State is a number",
        },
    ),
    "ex-xen-4": Answer(
        _BELL,
        wrong={
            _BELL.replace("unikernel_wait(EVENTS, UINT64_MAX);", ";"): (
                r"bell never calls unikernel_wait"
            ),
            _BELL.replace("while (heard < count)", "for (heard = count; heard < 2; heard = 2)"): (
                r"counted beside it: rung 0, taken 0"
            ),
        },
    ),
}
