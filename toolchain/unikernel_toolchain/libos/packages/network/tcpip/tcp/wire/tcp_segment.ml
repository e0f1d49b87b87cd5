(* The hot path's parser and writer. Nearly every segment has timestamps alone, or no
   options at all: both are recognised at once, and allocate no list. *)

type control = Plain | Syn | Fin | Reset
type timestamps = { value : int; echo : int }

type options = {
  mss : int option;
  window_shift : int option;
  sack_permitted : bool;
  timestamps : timestamps option;
  sack : (Tcp_sequence.t * Tcp_sequence.t) list;
}

type t = {
  source_port : int;
  destination_port : int;
  sequence : Tcp_sequence.t;
  acknowledgement : Tcp_sequence.t option;
  control : control;
  push : bool;
  window : int;
  options : options;
}

let no_options =
  {
    mss = None;
    window_shift = None;
    sack_permitted = false;
    timestamps = None;
    sack = [];
  }

let get32 b at = Int32.to_int (Cstruct.BE.get_uint32 b at) land 0xffff_ffff

(* Two no-ops and timestamps: the options of nearly every data segment. *)
let usual_options = 0x0101_080a

let timestamps_only buffer =
  let at = Tcp_wire.sizeof_tcp in
  let value = get32 buffer (at + 4) and echo = get32 buffer (at + 8) in
  { no_options with timestamps = Some { value; echo } }

(* RFC 7323 section 2.3: a larger shift counts as 14. *)
let add_option options = function
  | Tcp_options.MSS mss -> { options with mss = Some mss }
  | Window_size_shift n -> { options with window_shift = Some (Int.min n 14) }
  | SACK_ok -> { options with sack_permitted = true }
  | SACK blocks ->
      let sequence = Tcp_sequence.of_int32 in
      let block (left, right) = (sequence left, sequence right) in
      { options with sack = List.map block blocks }
  | Timestamp (value, echo) ->
      let unsigned n = Int32.to_int n land 0xffff_ffff in
      let value = unsigned value and echo = unsigned echo in
      { options with timestamps = Some { value; echo } }
  | Noop | Unknown _ -> options

let parse_options buffer length =
  let start = Tcp_wire.sizeof_tcp in
  if length = start then Ok no_options
  else if length = start + 12 && get32 buffer start = usual_options then
    Ok (timestamps_only buffer)
  else
    Cstruct.sub buffer start (length - start)
    |> Tcp_options.unmarshal
    |> Result.map (List.fold_left add_option no_options)

(* A segment without ACK is SYN or RST, or is dropped (RFC 9293 section 3.10.7.4,
   fifth). URG is ignored: urgent data stays in its place in the stream. *)
let control_of_flags flags =
  let has bit = flags land bit <> 0 in
  match (has Tcp_wire.syn, has Tcp_wire.rst, has Tcp_wire.fin) with
  | false, false, false when has Tcp_wire.ack -> Ok Plain
  | false, false, true when has Tcp_wire.ack -> Ok Fin
  | true, false, false -> Ok Syn
  | false, true, (true | false) -> Ok Reset
  | true, true, (true | false) | true, false, true | false, false, _ ->
      Error (Printf.sprintf "TCP flags 0x%02x" flags)

let of_fields buffer control options =
  let flags = Tcp_wire.get_tcp_flags buffer in
  let acknowledgement =
    if flags land Tcp_wire.ack = 0 then None
    else Some (Tcp_sequence.of_int (get32 buffer 8))
  in
  {
    source_port = Tcp_wire.get_tcp_src_port buffer;
    destination_port = Tcp_wire.get_tcp_dst_port buffer;
    sequence = Tcp_sequence.of_int (get32 buffer 4);
    acknowledgement;
    control;
    push = flags land Tcp_wire.psh <> 0;
    window = Tcp_wire.get_tcp_window buffer;
    options;
  }

let parse_checked buffer length =
  match control_of_flags (Tcp_wire.get_tcp_flags buffer) with
  | Error _ as error -> error
  | Ok control -> (
      match parse_options buffer length with
      | Error _ as error -> error
      | Ok options ->
          Ok (of_fields buffer control options, Cstruct.shift buffer length))

let parse buffer =
  let available = Cstruct.length buffer in
  if available < Tcp_wire.sizeof_tcp then
    Error (Printf.sprintf "TCP header cut short at %d bytes" available)
  else
    let length = Tcp_wire.get_data_offset buffer in
    if length < Tcp_wire.sizeof_tcp || length > available then
      Error (Printf.sprintf "TCP data offset of %d bytes" length)
    else parse_checked buffer length

let options_length o =
  let present option n = if Option.is_some option then n else 0 in
  present o.mss 4 + present o.window_shift 4
  + (if o.sack_permitted then 4 else 0)
  + present o.timestamps 12
  + match o.sack with [] -> 0 | blocks -> 4 + (8 * List.length blocks)

let header_length t = Tcp_wire.sizeof_tcp + options_length t.options
let set32 b at n = Cstruct.BE.set_uint32 b at (Int32.of_int n)

let write_sack buffer at blocks =
  let write_block at (left, right) =
    set32 buffer at (Tcp_sequence.to_int left);
    set32 buffer (at + 4) (Tcp_sequence.to_int right);
    at + 8
  in
  match blocks with
  | [] -> ()
  | blocks ->
      set32 buffer at (0x0101_0502 + (8 * List.length blocks));
      ignore (List.fold_left write_block (at + 4) blocks : int)

(* Each option is aligned to 4 bytes by no-ops in front of it. *)
let write_options buffer o =
  let at = ref Tcp_wire.sizeof_tcp in
  let word n =
    set32 buffer !at n;
    at := !at + 4
  in
  Option.iter (fun mss -> word (0x0204_0000 lor mss)) o.mss;
  if o.sack_permitted then word 0x0101_0402;
  Option.iter (fun shift -> word (0x0103_0300 lor shift)) o.window_shift;
  Option.iter
    (fun { value; echo } ->
       word usual_options;
       word value;
       word echo)
    o.timestamps;
  write_sack buffer !at o.sack

let flags t =
  (match t.control with
   | Plain -> 0
   | Syn -> Tcp_wire.syn
   | Fin -> Tcp_wire.fin
   | Reset -> Tcp_wire.rst)
  lor (if t.push then Tcp_wire.psh else 0)
  lor match t.acknowledgement with None -> 0 | Some _ -> Tcp_wire.ack

let write t buffer =
  Tcp_wire.set_tcp_src_port buffer t.source_port;
  Tcp_wire.set_tcp_dst_port buffer t.destination_port;
  set32 buffer 4 (Tcp_sequence.to_int t.sequence);
  let acknowledgement = Option.value t.acknowledgement ~default:Tcp_sequence.zero in
  set32 buffer 8 (Tcp_sequence.to_int acknowledgement);
  Tcp_wire.set_data_offset buffer (header_length t);
  Tcp_wire.set_tcp_flags buffer (flags t);
  Tcp_wire.set_tcp_window buffer t.window;
  Tcp_wire.set_tcp_checksum buffer 0;
  Tcp_wire.set_tcp_urg_ptr buffer 0;
  write_options buffer t.options

let sequence_length t ~payload =
  match t.control with
  | Plain | Reset -> payload
  | Syn | Fin -> payload + 1

let pp_control ppf = function
  | Plain -> ()
  | Syn -> Format.pp_print_string ppf " syn"
  | Fin -> Format.pp_print_string ppf " fin"
  | Reset -> Format.pp_print_string ppf " rst"

let pp_block ppf (left, right) =
  Format.fprintf ppf " sack %a-%a" Tcp_sequence.pp left Tcp_sequence.pp right

let pp ppf t =
  let pp_ack ppf n = Format.fprintf ppf " ack %a" Tcp_sequence.pp n in
  Format.fprintf ppf "%d > %d seq %a%a%a window %d%a" t.source_port
    t.destination_port Tcp_sequence.pp t.sequence
    (Format.pp_print_option pp_ack)
    t.acknowledgement pp_control t.control t.window
    (Format.pp_print_list pp_block)
    t.options.sack
