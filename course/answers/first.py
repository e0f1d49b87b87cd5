"""Answers to lab 1."""

from . import Answer

GREET = """\
%%unikernel build greet
let start () =
  let names = List.tl (Array.to_list Sys.argv) in
  let who = if names = [] then "nobody" else String.concat " and " names in
  print_endline ("Hello, " ^ who ^ "!")
"""
TALLY = """\
%%unikernel build tally
let start () =
  let words = List.tl (Array.to_list Sys.argv) in
  let sum = List.fold_left ( + ) 0 (List.map int_of_string words) in
  Printf.printf "%d\\n" sum;
  exit (if sum mod 2 = 0 then 0 else 3)
"""
CAPITAL = """\
%%unikernel build capital
let capitals = [ ("France", "Paris"); ("Ghana", "Accra"); ("Peru", "Lima") ]

let fail status text =
  print_endline text;
  exit status

let start () =
  match Sys.argv with
  | [| _; country |] -> (
      match List.assoc_opt country capitals with
      | Some capital -> print_endline capital
      | None -> fail 1 ("unknown: " ^ country))
  | _ -> fail 2 "usage: capital COUNTRY"
"""
MIRROR = """\
%%unikernel build mirror
let backwards line =
  let length = String.length line in
  String.init length (fun i -> line.[length - 1 - i])

let rec converse () =
  match read_line () with
  | "bye" -> ()
  | line ->
      print_endline (backwards line);
      converse ()

let start () =
  print_endline "ready";
  converse ()
"""
CENSUS = """\
%%unikernel build census
let is_vowel letter = String.contains "aeiou" letter

let count word = String.fold_left (fun n letter -> if is_vowel letter then n + 1 else n) 0 word

let start () =
  let words = List.tl (Array.to_list Sys.argv) in
  let tell word n = print_endline (word ^ ": " ^ string_of_int n) in
  List.iter (fun word -> tell word (count word)) words;
  tell "together" (count (String.concat "" words))
"""
CTALLY = """\
%%unikernel build ctally --lang c
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
        long sum = 0;
        for (int i = 1; i < argc; i++)
                sum += atol(argv[i]);
        printf("%ld\\n", sum);
        return sum % 2 ? 3 : 0;
}
"""

ANSWERS = {
    "ex-first-1": Answer(
        GREET,
        wrong={
            '%%unikernel build greet\nlet start () = print_endline "Hello, Ada!"\n': (
                r"Booted with \w+, it should say:\s+Hello, \w+!"
            ),
            GREET.replace(" and ", ", "): r"should say:\s+Hello, \w+ and \w+ and \w+!",
        },
    ),
    "ex-first-2": Answer(
        TALLY,
        wrong={
            TALLY.replace("sum mod 2 = 0", "sum mod 2 <> 1"): r"should be 3; its end: exited",
            TALLY.replace("  exit", "  ignore"): r"should be 3; its end: exited, status 0",
        },
    ),
    "ex-first-3": Answer(
        CAPITAL,
        wrong={
            CAPITAL.replace("exit status", "exit 1"): r"without a word, its status should be 2",
            """\
%%unikernel build capital
let capitals = [ ("France", "Paris"); ("Ghana", "Accra"); ("Peru", "Lima") ]

let start () = print_endline (List.assoc Sys.argv.(1) capitals)
""": r"Booted with Nowhere\d+, capital died of an exception",
        },
    ),
    "ex-first-4": Answer(
        MIRROR,
        wrong={
            MIRROR.replace("print_endline (backwards line)", "print_endline line"): (
                r"it should answer '\d+ \w+' at once"
            ),
            MIRROR.replace('"bye" -> ()', '"bye" -> print_endline "bye"'): r"has no answer",
        },
    ),
    "ex-first-5": Answer(
        CENSUS,
        wrong={
            CENSUS.replace("print_endline (word ^", 'Printf.printf "%s\\n" (word ^'): (
                r"census has [\d,]+ bytes; [\d,]+ are two thirds"
            ),
            CENSUS.replace("aeiou", "aeio"): r"should say:\s+\w+: \d",
        },
    ),
    "ex-first-6": Answer(
        CTALLY,
        wrong={
            TALLY.replace("build tally", "build ctally"): r"more than a fifth of tally's",
            CTALLY.replace("sum % 2 ?", "sum % 2 == 1 ?"): r"its status should be 3",
        },
    ),
}
