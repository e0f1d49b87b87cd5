open Lwt.Infix
open Case
module Key = Mirage_kv.Key

let now = ref 0L

module Clock = struct
  let now_d_ps () = (20_000, !now)
  let current_tz_offset_s () = None
  let period_d_ps () = None
end

module Store = Mirage_kv_block.Make (Cut_block) (Clock)

let kib = 1024
let device ?read_write ?(sector_size = 512) size_kib =
  Cut_block.of_bytes ?read_write ~sector_size (Bytes.make (size_kib * kib) '\000')

let reopened ?read_write device =
  Cut_block.of_bytes ?read_write ~sector_size:512 (Bytes.copy (Cut_block.contents device))

let scenario name f = case name (fun () -> Virtual_time.run f)
let k = Key.v

let ok what pp promise =
  promise >|= function
  | Ok it -> it
  | Error e -> failwith (Format.asprintf "%s: %a" what pp e)

let set store key value = ok ("set " ^ key) Store.pp_write_error (Store.set store (k key) value)
let remove store key = ok ("remove " ^ key) Store.pp_write_error (Store.remove store (k key))
let get store key = ok ("get " ^ key) Store.pp_error (Store.get store (k key))
let list store key = ok ("list " ^ key) Store.pp_error (Store.list store (k key))
let text what expected found = equal (Printf.sprintf "%S") what expected found

let fails_with what part promise =
  Lwt.catch
    (fun () -> promise () >|= fun _ -> failwith (what ^ ": no failure"))
    (function
      | Failure why ->
          let n = String.length part in
          let rec within at =
            at + n <= String.length why && (String.sub why at n = part || within (at + 1))
          in
          check (what ^ ": " ^ why) (within 0);
          Lwt.return_unit
      | other -> Lwt.fail other)

let is_sound what device =
  Store.check device >|= fun report ->
  check (what ^ ": " ^ String.concat "; " report.problems) (report.problems = []);
  report

(* ---- Answers *)

let pattern length = String.init length (fun i -> Char.chr ((i * 7 + (i lsr 9)) land 255))
