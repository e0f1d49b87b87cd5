(* RFC 9293 section 3.2: kind, length, contents; kinds 0 and 1 are a byte each. Unknown
   kinds are passed over by their length; a known kind of another length is an error,
   as is a length that leaves the header, and the segment is then dropped. *)

type t =
  | Noop
  | MSS of int
  | Window_size_shift of int
  | SACK_ok
  | SACK of (int32 * int32) list
  | Timestamp of int32 * int32
  | Unknown of int * string

let equal (a : t) (b : t) = a = b

let length = function
  | Noop -> 1
  | MSS _ -> 4
  | Window_size_shift _ -> 3
  | SACK_ok -> 2
  | SACK blocks -> 2 + (8 * List.length blocks)
  | Timestamp _ -> 10
  | Unknown (_, contents) -> 2 + String.length contents

let padded n = (n + 3) land lnot 3
let lenv options = padded (List.fold_left (fun n o -> n + length o) 0 options)

let marshal_block buffer at (left, right) =
  Cstruct.BE.set_uint32 buffer at left;
  Cstruct.BE.set_uint32 buffer (at + 4) right;
  at + 8

let marshal_contents buffer at = function
  | Noop | SACK_ok -> ()
  | MSS mss -> Cstruct.BE.set_uint16 buffer at mss
  | Window_size_shift shift -> Cstruct.set_uint8 buffer at shift
  | SACK blocks ->
      ignore (List.fold_left (marshal_block buffer) at blocks : int)
  | Timestamp (value, echo) ->
      ignore (marshal_block buffer at (value, echo) : int)
  | Unknown (_, contents) ->
      Cstruct.blit_from_string contents 0 buffer at (String.length contents)

let kind = function
  | Noop -> Tcp_wire.option_noop
  | MSS _ -> Tcp_wire.option_mss
  | Window_size_shift _ -> Tcp_wire.option_window_scale
  | SACK_ok -> Tcp_wire.option_sack_permitted
  | SACK _ -> Tcp_wire.option_sack
  | Timestamp _ -> Tcp_wire.option_timestamps
  | Unknown (kind, _) -> kind

let marshal_one buffer at option =
  Cstruct.set_uint8 buffer at (kind option);
  if length option > 1 then begin
    Cstruct.set_uint8 buffer (at + 1) (length option);
    marshal_contents buffer (at + 2) option
  end;
  at + length option

(* Padding is zeros: end of list. *)
let marshal buffer options =
  let used = List.fold_left (marshal_one buffer) 0 options in
  Cstruct.memset (Cstruct.sub buffer used (padded used - used)) 0;
  padded used

let rec scan options visit =
  if Cstruct.length options = 0 then Ok ()
  else
    let kind = Cstruct.get_uint8 options 0 in
    if kind = Tcp_wire.option_end then Ok ()
    else if kind = Tcp_wire.option_noop then
      match visit ~kind Cstruct.empty with
      | Ok () -> scan (Cstruct.shift options 1) visit
      | Error _ as error -> error
    else scan_long options ~kind visit

and scan_long options ~kind visit =
  let available = Cstruct.length options in
  let length = if available < 2 then 0 else Cstruct.get_uint8 options 1 in
  if length < 2 || length > available then
    Error (Printf.sprintf "TCP option %d: its length leaves the header" kind)
  else
    match visit ~kind (Cstruct.sub options 2 (length - 2)) with
    | Ok () -> scan (Cstruct.shift options length) visit
    | Error _ as error -> error

let block contents i =
  ( Cstruct.BE.get_uint32 contents (8 * i),
    Cstruct.BE.get_uint32 contents ((8 * i) + 4) )

let unmarshal_one ~kind contents =
  let length = Cstruct.length contents in
  let is k = kind = k in
  if is Tcp_wire.option_noop then Ok Noop
  else if is Tcp_wire.option_mss && length = 2 then
    Ok (MSS (Cstruct.BE.get_uint16 contents 0))
  else if is Tcp_wire.option_window_scale && length = 1 then
    Ok (Window_size_shift (Cstruct.get_uint8 contents 0))
  else if is Tcp_wire.option_sack_permitted && length = 0 then Ok SACK_ok
  else if is Tcp_wire.option_sack && length > 0 && length mod 8 = 0 then
    Ok (SACK (List.init (length / 8) (block contents)))
  else if is Tcp_wire.option_timestamps && length = 8 then
    let value, echo = block contents 0 in
    Ok (Timestamp (value, echo))
  else if kind <= Tcp_wire.option_sack || is Tcp_wire.option_timestamps then
    Error (Printf.sprintf "TCP option %d: %d bytes of contents" kind length)
  else Ok (Unknown (kind, Cstruct.to_string contents))

let unmarshal buffer =
  let options = ref [] in
  let visit ~kind contents =
    Result.map
      (fun option -> options := option :: !options)
      (unmarshal_one ~kind contents)
  in
  Result.map (fun () -> List.rev !options) (scan buffer visit)

let pp_block ppf (left, right) = Format.fprintf ppf "%lu-%lu" left right

let pp ppf = function
  | Noop -> Format.pp_print_string ppf "noop"
  | MSS mss -> Format.fprintf ppf "mss %d" mss
  | Window_size_shift shift -> Format.fprintf ppf "window shift %d" shift
  | SACK_ok -> Format.pp_print_string ppf "sack permitted"
  | SACK blocks ->
      Format.fprintf ppf "sack %a"
        (Format.pp_print_list ~pp_sep:Format.pp_print_space pp_block)
        blocks
  | Timestamp (value, echo) ->
      Format.fprintf ppf "timestamp %lu echo %lu" value echo
  | Unknown (kind, contents) ->
      Format.fprintf ppf "option %d %S" kind contents

let pps ppf options =
  let comma ppf () = Format.pp_print_string ppf ", " in
  Format.fprintf ppf "[%a]" (Format.pp_print_list ~pp_sep:comma pp) options
