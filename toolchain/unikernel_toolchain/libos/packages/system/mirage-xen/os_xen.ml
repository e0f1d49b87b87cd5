external grant :
  (int[@untagged]) -> Io_page.t -> (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_os_grant"
[@@noalloc]

external grant_end : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_os_grant_end"
[@@noalloc]

module Gntref = struct
  type t = int

  let none = 0

  let of_string text =
    let is_digit = function '0' .. '9' -> true | _ -> false in
    match if String.for_all is_digit text then int_of_string_opt ("0u" ^ text) else None with
    | Some number when number >= 0 && number <= 0xffff_ffff -> Ok number
    | Some _ | None -> Error (`Msg (Printf.sprintf "%S is no grant reference" text))

  let to_string = string_of_int
  let pp = Format.pp_print_int
  let to_int32 = Int32.of_int
  let of_int32 number = Int32.to_int number land 0xffff_ffff
end

module Export = struct
  type t = { mapping : Io_page.t; mutable refs : Gntref.t list }

  let refs shared = shared.refs
  let mapping shared = shared.mapping

  (* Those that the other side still has mapped are kept, in their order. *)
  let end_all shared = shared.refs <- List.filter (fun it -> grant_end it = 0) shared.refs

  (* Pages that another domain may write to must not go back to the heap. *)
  let kept : t list ref = ref []
  let forget shared = kept := List.filter (fun it -> it != shared) !kept

  let share_pages ~domid ~count ~writable =
    let mapping = Io_page.get count in
    Cstruct.memset (Io_page.to_cstruct mapping) 0;
    let read_only = if writable then 0 else 1 in
    let refs = List.map (fun page -> grant domid page read_only) (Io_page.to_pages mapping) in
    let shared = { mapping; refs = List.filter (fun it -> it <> Gntref.none) refs } in
    kept := shared :: !kept;
    if List.length shared.refs = count then Ok shared
    else (
      end_all shared;
      if shared.refs = [] then forget shared;
      Error `Grant_table_full)

  let share_pages_exn ~domid ~count ~writable =
    match share_pages ~domid ~count ~writable with
    | Ok shared -> shared
    | Error `Grant_table_full -> failwith "OS.Xen.Export: the grant table is full"

  let try_unshare ~release_refs:_ shared =
    end_all shared;
    if shared.refs = [] then (
      forget shared;
      Ok ())
    else Error `Busy

  let between_tries_ns = 100_000_000L

  let rec unshare ~release_refs shared =
    match try_unshare ~release_refs shared with
    | Ok () -> Lwt.return_unit
    | Error `Busy ->
        Lwt.bind (Os_time.sleep_ns between_tries_ns) (fun () -> unshare ~release_refs shared)
end

(* Reserved by the toolstack (xen/include/public/grant_table.h, GNTTAB_RESERVED_CONSOLE and _XENSTORE). *)
let console = 0
let xenstore = 1
