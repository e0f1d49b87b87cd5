type t = { mutable is_open : bool }
type error = |
type write_error = Mirage_flow.write_error

let pp_error _ppf : error -> unit = function _ -> .
let pp_write_error = Mirage_flow.pp_write_error

external write_string : string -> (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_mirage_console_write_string"
[@@noalloc]

external write_buffer :
  Cstruct.buffer -> (int[@untagged]) -> (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_mirage_console_write_buffer"
[@@noalloc]

external read_bytes : bytes -> (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_mirage_console_read"
[@@noalloc]

external has_ended : unit -> bool = "unikernel_mirage_console_ended" [@@noalloc]

let console_handle = 0L
let read_size = 256
let connect _name = Lwt.return { is_open = true }

let close t =
  t.is_open <- false;
  Lwt.return_unit

let disconnect = close

(* The handle is asked for again after each wake-up: others read the console, too. *)
let rec read t =
  let bytes = Bytes.create read_size in
  match read_bytes bytes read_size with
  | _ when not t.is_open -> Lwt.return_ok `Eof
  | 0 when has_ended () -> Lwt.return_ok `Eof
  | 0 ->
      let awaken () = read t in
      Lwt.bind (Os_main.wait_for_work_on_handle console_handle) awaken
  | count -> Lwt.return_ok (`Data (Cstruct.of_bytes ~len:count bytes))

(* What the program printed before through stdout comes out before. *)
let put_buffer { Cstruct.buffer; off; len } =
  flush stdout;
  write_buffer buffer off len

let writev t buffers =
  if t.is_open then (
    List.iter put_buffer buffers;
    Lwt.return_ok ())
  else Lwt.return_error `Closed

let write t buffer = writev t [ buffer ]

let log t text =
  if t.is_open then (
    flush stdout;
    write_string text (String.length text);
    write_string "\n" 1);
  Lwt.return_unit
