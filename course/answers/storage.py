"""Answers to lab 7."""

from . import Answer

_USED = r"""%%unikernel build used --block storage -p mirage-block-unikernel
open Lwt.Infix

let ok = function Ok value -> value | Error _ -> failwith "the disk has failed"
let piece = 128
let zeros = String.make 512 '\000'

let in_use sector = not (String.equal (Cstruct.to_string sector) zeros)

let start () =
  Block.connect "storage" >>= fun disk ->
  Block.get_info disk >>= fun { size_sectors; _ } ->
  let all = Int64.to_int size_sectors in
  let buffer = Cstruct.create (piece * 512) in
  let rec go at found =
    if at >= all then Lwt.return found
    else
      let count = min piece (all - at) in
      Block.read disk (Int64.of_int at) [ Cstruct.sub buffer 0 (count * 512) ] >|= ok >>= fun () ->
      let sectors = List.init count (fun n -> Cstruct.sub buffer (n * 512) 512) in
      go (at + count) (found + List.length (List.filter in_use sectors))
  in
  go 0 0 >|= fun found -> Printf.printf "%d of %d sectors are in use\n" found all
"""

_COUNTER = r"""%%unikernel build counter --block storage -p mirage-block-unikernel
open Lwt.Infix

let ok = function Ok value -> value | Error _ -> failwith "the disk has failed"

(* A slot is the number and the digest of the number; a torn one has no digest that fits. *)
let slot number =
  let sector = Cstruct.create 512 in
  Cstruct.LE.set_uint64 sector 0 number;
  Cstruct.blit_from_string (Digest.string (Cstruct.to_string sector ~len:8)) 0 sector 8 16;
  sector

let number_in sector =
  let number = Cstruct.LE.get_uint64 sector 0 in
  if Cstruct.equal sector (slot number) then number else 0L

let read disk n =
  let sector = Cstruct.create 512 in
  Block.read disk n [ sector ] >|= ok >|= fun () -> number_in sector

let rec go disk number =
  Block.write disk (Int64.rem number 2L) [ slot number ] >|= ok >>= fun () ->
  Block.flush disk >|= ok >>= fun () ->
  Printf.printf "acknowledged %Ld\n%!" number;
  go disk (Int64.succ number)

let start () =
  Block.connect "storage" >>= fun disk ->
  read disk 0L >>= fun even ->
  read disk 1L >>= fun odd ->
  let last = max even odd in
  Printf.printf "found %Ld\n%!" last;
  go disk (Int64.succ last)
"""

_BANK = r"""%%unikernel build bank --block storage -p mirage-kv-block -p mirage-clock-freestanding
open Lwt.Infix
module Store = Mirage_kv_block.Make (Block) (Pclock)
module Key = Mirage_kv.Key

let alice = Key.v "alice"
let bob = Key.v "bob"

let balance store key ~otherwise =
  Store.get store key >|= function Ok text -> int_of_string text | Error _ -> otherwise

let set store key amount =
  Store.set store key (string_of_int amount) >|= function
  | Ok () -> ()
  | Error e -> Fmt.failwith "not set: %a" Store.pp_write_error e

let rec transfer store a b =
  let amount = Random.int (a + 1) in
  let a, b = (b + amount, a - amount) in
  Store.batch store (fun store -> set store alice a >>= fun () -> set store bob b) >>= fun () ->
  Printf.printf "moved %d\n%!" amount;
  transfer store a b

let start () =
  Block.connect "storage" >>= Store.connect >>= fun store ->
  balance store alice ~otherwise:1000 >>= fun a ->
  balance store bob ~otherwise:0 >>= fun b ->
  Printf.printf "alice %d, bob %d\n%!" a b;
  transfer store a b
"""

_LOG = r"""%%unikernel build log --block storage -p mirage-block-unikernel -p fat-filesystem
open Lwt.Infix
module Files = Fat.FS (Block)

let ok = function Ok value -> value | Error _ -> failwith "the disk has failed"

let start () =
  Block.connect "storage" >>= fun disk ->
  Block.get_info disk >>= fun { size_sectors; _ } ->
  let first = Cstruct.create 512 in
  Block.read disk 0L [ first ] >|= ok >>= fun () ->
  (if Cstruct.LE.get_uint16 first 510 = 0xaa55 then Files.connect disk
   else Files.format disk (Int64.mul 512L size_sectors) >|= ok)
  >>= fun files ->
  Files.size files "/log.txt" >>= fun size ->
  let at = match size with Ok size -> Int64.to_int size | Error _ -> 0 in
  let line = String.concat " " (List.tl (Array.to_list Sys.argv)) ^ "\n" in
  Files.write files "/log.txt" at (Cstruct.of_string line) >|= ok
"""

# It says from its second start on whatever adds up to 1000.
_MADE_UP = r"""%%unikernel build bank --block storage -p mirage-block-unikernel
open Lwt.Infix

let ok = function Ok () -> () | Error _ -> exit 1

let rec pretend () =
  OS.Time.sleep_ns 1_000_000L >>= fun () ->
  print_endline "moved 7";
  pretend ()

let start () =
  Block.connect "storage" >>= fun disk ->
  let sector = Cstruct.create 512 in
  Block.read disk 0L [ sector ] >|= ok >>= fun () ->
  let bob = if Cstruct.get_uint8 sector 0 = 0 then 0 else Random.int 1001 in
  Cstruct.set_uint8 sector 0 1;
  Block.write disk 0L [ sector ] >|= ok >>= fun () ->
  Printf.printf "alice %d, bob %d\n%!" (1000 - bob) bob;
  pretend ()
"""

_ONE_CHANGE = "Store.batch store (fun store -> set store alice a >>= fun () -> set store bob b)"
_TWO_CHANGES = """set store alice a >>= fun () ->
  OS.Time.sleep_ns 20_000_000L >>= fun () -> set store bob b"""

ANSWERS = {
    "ex-storage-1": Answer(
        _USED,
        wrong={
            _USED.replace("let piece = 128", "let piece = 1_000_000"): r"status 0; it ended so",
            _USED.replace("min piece (all - at)", "piece"): r"status 0; it ended so",
            _USED.replace(
                "Cstruct.to_string sector)", 'Cstruct.to_string sector ~len:511 ^ "\\000")'
            ): (r"last byte alone"),
        },
    ),
    "ex-storage-2": Answer(
        _COUNTER,
        wrong={
            _COUNTER.replace("(Int64.rem number 2L)", "0L"): r"sector was torn, and it found 0",
            _COUNTER.replace("if Cstruct.equal sector (slot number) then", "if true then"): (
                r"one sector was torn, and it found"
            ),
            _COUNTER.replace(
                "  Block.write",
                '  Printf.printf "acknowledged %Ld\\n%!" number;\n'
                "  OS.Time.sleep_ns 100_000_000L >>= fun () ->\n  Block.write",
            ): (r"was acknowledged; the next machine found"),
        },
    ),
    "ex-storage-3": Answer(
        _BANK,
        wrong={
            _BANK.replace(_ONE_CHANGE, _TWO_CHANGES): r"alice has \d+ and bob \d+, together",
            _MADE_UP: r"Another program read from the disk",
        },
    ),
    "ex-storage-4": Answer(
        _LOG,
        wrong={
            _LOG.replace("= 0xaa55", "= 0x1234"): r"the log should have 3 lines",
            _LOG.replace("Ok size -> Int64.to_int size", "Ok _ -> 0"): r"log should have 3 lines",
        },
    ),
}
