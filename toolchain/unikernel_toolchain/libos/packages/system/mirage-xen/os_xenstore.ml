(* unikernel_xen.h *)

external c_ask : int -> int -> string -> string -> int * string = "unikernel_os_xenstore_ask"
external c_begin : unit -> int * int = "unikernel_os_xenstore_begin"
external c_end : int -> bool -> int = "unikernel_os_xenstore_end"
external c_watch : string -> int * int = "unikernel_os_xenstore_watch"
external unwatch : int -> unit = "unikernel_os_xenstore_unwatch"
external fired : int -> bool = "unikernel_os_xenstore_fired"

type operation = Read | List | Write | Make | Remove | Get_permissions | Set_permissions

let number = function
  | Read -> 1
  | List -> 2
  | Write -> 3
  | Make -> 4
  | Remove -> 5
  | Get_permissions -> 6
  | Set_permissions -> 7

let check path = function
  | 0 -> ()
  | 1 -> raise (Xs_protocol.Enoent path)
  | 2 -> raise (Xs_protocol.Error (Printf.sprintf "%S: not allowed" path))
  | 3 -> raise Xs_protocol.Eagain
  | 4 -> raise (Xs_protocol.Error (Printf.sprintf "%S: too large for a message" path))
  | 5 -> raise Xs_protocol.Invalid
  | _ -> raise (Xs_protocol.Error "xenstore does not answer")

(* In C a path ends at a NUL. *)
let check_path path = if path = "" || String.contains path '\000' then raise Xs_protocol.Invalid

let ask ?(transaction = 0) ?(value = "") operation path =
  check_path path;
  let result, answer = c_ask (number operation) transaction path value in
  check path result;
  answer

let names text = List.filter (fun name -> name <> "") (String.split_on_char '\000' text)

let start () =
  let result, transaction = c_begin () in
  check "a transaction" result;
  transaction

let finish transaction ~commit = check "a transaction" (c_end transaction commit)

type watch = int

let watch path =
  check_path path;
  let result, watch = c_watch path in
  check path result;
  watch

let handle = 48L

let rec await_any watches =
  if List.exists Fun.id (List.map fired watches) then Lwt.return_unit
  else Lwt.bind (Os_main.wait_for_work_on_handle handle) (fun () -> await_any watches)
