(* Messages over the control connection have no common framing: a byte, a cookie of fixed
   length, or a length and JSON, by what is expected next. What was read beyond one is kept,
   as a data stream's first bytes may come with its cookie. *)

open Lwt.Infix
open Lwt_result.Syntax
module Protocol = Iperf3_protocol

type failure = string

let json_max = 65_536

module Make (Flow : Mirage_flow.S) = struct
  type t = { flow : Flow.flow; mutable read : Cstruct.t }

  let create flow = { flow; read = Cstruct.empty }
  let flow t = t.flow
  let rest t = t.read
  let fail format = Format.kasprintf Lwt_result.fail format

  let rec bytes t count =
    if Cstruct.length t.read >= count then (
      let wanted, rest = Cstruct.split t.read count in
      t.read <- rest;
      Lwt_result.return wanted)
    else
      Flow.read t.flow >>= function
      | Ok (`Data data) ->
          t.read <- Cstruct.append t.read data;
          bytes t count
      | Ok `Eof -> fail "the peer closed the connection"
      | Error error -> fail "%a" Flow.pp_error error

  let state t =
    let* byte = bytes t 1 in
    let byte = Cstruct.get_uint8 byte 0 in
    match Protocol.state_of_byte byte with
    | Some state -> Lwt_result.return state
    | None -> fail "the peer is in a state that is not known, %d" byte

  let json t =
    let* header = bytes t 4 in
    let length = Int32.to_int (Cstruct.BE.get_uint32 header 0) in
    if length < 0 || length > json_max then fail "the peer announces %d bytes of JSON" length
    else
      let* text = bytes t length in
      Lwt.return (Iperf3_json.of_string (Cstruct.to_string text))

  let cookie t =
    let* cookie = bytes t Protocol.cookie_size in
    Lwt_result.return (Cstruct.to_string cookie)

  let send t text =
    Flow.write t.flow (Cstruct.of_string text) >>= function
    | Ok () -> Lwt_result.return ()
    | Error error -> fail "%a" Flow.pp_write_error error

  let send_state t state = send t (String.make 1 (Char.chr (Protocol.byte_of_state state)))
  let send_cookie = send

  let send_json t json =
    let text = Iperf3_json.to_string json in
    let header = Bytes.create 4 in
    Bytes.set_int32_be header 0 (Int32.of_int (String.length text));
    send t (Bytes.to_string header ^ text)

  let close t = Lwt.async (fun () -> Flow.close t.flow)
end
