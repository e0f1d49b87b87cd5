open Lwt.Infix
module Meter = Iperf3_meter
module Protocol = Iperf3_protocol

(* How far ahead of its rate a stream may send, in nanoseconds: sleeping for less
   costs more than it paces. *)
let burst_ns = 500_000.
let datagrams_between_pauses = 32

module Make (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) (S : Mirage_stack.V4) =
struct
  module Control = Iperf3_control.Make (S.TCPV4)

  type peer = { address : Ipaddr.V4.t; port : int }
  type t = {
    stack : S.t;
    parameters : Protocol.parameters;
    meters : Meter.t array;
    mutable flows : Control.t list;
    mutable senders : (unit -> unit Lwt.t) list;
    mutable started_ns : int64;  (** of the part that counts *)
    mutable ended_ns : int64 option;
  }

  let parameters t = t.parameters
  let meters t = t.meters
  let is_ended t = t.ended_ns <> None

  let create stack (parameters : Protocol.parameters) ~server =
    let n = parameters.parallel in
    let by_client = parameters.direction <> Reverse in
    let count = if parameters.direction = Both then 2 * n else n in
    let meter index =
      let client_sends = by_client && index < n in
      Meter.create ~id:(Protocol.stream_id index) ~sends:(client_sends <> server)
    in
    {
      stack;
      parameters;
      meters = Array.init count meter;
      flows = [];
      senders = [];
      started_ns = 0L;
      ended_ns = None;
    }

  (* {1 TCP} *)

  let rec receive t flow (meter : Meter.t) =
    S.TCPV4.read flow >>= function
    | Ok (`Data data) ->
        if not (is_ended t) then Meter.add meter ~bytes:(Cstruct.length data);
        receive t flow meter
    | Ok `Eof | Error _ -> Lwt.return_unit

  let elapsed_ns t = Int64.to_float (Int64.sub (Clock.elapsed_ns ()) t.started_ns)

  let ahead_ns t sent_bytes =
    let rate = float_of_int t.parameters.bits_per_second in
    (8e9 *. float_of_int sent_bytes /. rate) -. elapsed_ns t

  (* Waits until so many bytes are due. *)
  let pace t sent_bytes =
    if t.parameters.bits_per_second = 0 then Lwt.return_unit
    else
      let ahead_ns = ahead_ns t sent_bytes in
      if ahead_ns < burst_ns then Lwt.return_unit
      else Time.sleep_ns (Int64.of_float ahead_ns)

  (* The buffer is the same for all writes: nobody changes it. *)
  let rec send t flow (meter : Meter.t) buffer =
    if is_ended t then Lwt.return_unit
    else
      S.TCPV4.write flow buffer >>= function
      | Error _ -> Lwt.return_unit
      | Ok () ->
          if not (is_ended t) then Meter.add meter ~bytes:(Cstruct.length buffer);
          pace t meter.bytes >>= fun () -> send t flow meter buffer

  let attach_tcp t index stream =
    let meter = t.meters.(index) and flow = Control.flow stream in
    t.flows <- stream :: t.flows;
    if meter.sends then
      let buffer = Cstruct.create t.parameters.length in
      t.senders <- (fun () -> send t flow meter buffer) :: t.senders
    else (
      Meter.add meter ~bytes:(Cstruct.length (Control.rest stream));
      Lwt.async (fun () -> receive t flow meter))

  (* {1 UDP} *)

  let send_datagram t meter ~local_port peer buffer =
    let wide = t.parameters.wide_counters in
    Meter.write_header meter ~wide ~now_ns:(Clock.elapsed_ns ()) buffer;
    S.UDPV4.write ~src_port:local_port ~dst:peer.address ~dst_port:peer.port
      (S.udpv4 t.stack) buffer
    >|= function
    | Ok () -> Meter.add meter ~bytes:(Cstruct.length buffer)
    | Error _ -> ()

  (* UDP has no window that would let others run. *)
  let rest_between (meter : Meter.t) =
    if meter.highest mod datagrams_between_pauses = 0 then Lwt.pause () else Lwt.return_unit

  let rec send_datagrams t meter ~local_port peer buffer =
    if is_ended t then Lwt.return_unit
    else
      send_datagram t meter ~local_port peer buffer >>= fun () ->
      rest_between meter >>= fun () ->
      pace t meter.bytes >>= fun () -> send_datagrams t meter ~local_port peer buffer

  let attach_udp t index ~local_port peer =
    let meter = t.meters.(index) in
    if meter.sends then
      let buffer = Cstruct.create t.parameters.length in
      t.senders <- (fun () -> send_datagrams t meter ~local_port peer buffer) :: t.senders

  let receive_datagram t index data =
    if not (is_ended t) then
      let wide = t.parameters.wide_counters in
      Meter.add_datagram t.meters.(index) ~wide ~now_ns:(Clock.elapsed_ns ()) data

  (* {1 Beginning and end} *)

  let leave_out_beginning t =
    Time.sleep_ns (Int64.of_float (t.parameters.omit_s *. 1e9)) >|= fun () ->
    if not (is_ended t) then (
      Array.iter Meter.reset t.meters;
      t.started_ns <- Clock.elapsed_ns ())

  let start t =
    t.started_ns <- Clock.elapsed_ns ();
    if t.parameters.omit_s > 0. then Lwt.async (fun () -> leave_out_beginning t);
    List.iter Lwt.async (List.rev t.senders)

  let end_ t = if not (is_ended t) then t.ended_ns <- Some (Clock.elapsed_ns ())
  let close t = List.iter Control.close t.flows

  (* {1 Figures} *)

  let duration_s t =
    let ended_ns = Option.value t.ended_ns ~default:t.started_ns in
    Int64.to_float (Int64.sub ended_ns t.started_ns) /. 1e9

  let own_results t =
    List.map (Meter.result ~duration_s:(duration_s t)) (Array.to_list t.meters)

  let results t =
    let sends = Array.exists (fun (meter : Meter.t) -> meter.sends) t.meters in
    Protocol.json_of_results ~sends (own_results t)

  let total f results = List.fold_left (fun sum result -> sum + f result) 0 results

  let line t peer ~sent (results : Protocol.stream_result list) =
    let bytes = total (fun (r : Protocol.stream_result) -> r.bytes) results in
    let seconds = Float.max 1e-9 (duration_s t) in
    let lost =
      if t.parameters.transport = Tcp then ""
      else
        Printf.sprintf ", %d of %d datagrams lost"
          (total (fun (r : Protocol.stream_result) -> r.errors) results)
          (total (fun (r : Protocol.stream_result) -> r.packets) results)
    in
    Printf.sprintf "iperf3: %s %s: %d bytes in %.2f s, %.1f Mbit/s, %d %s%s"
      (if sent then "to" else "from")
      (Ipaddr.V4.to_string peer) bytes seconds
      (float_of_int bytes *. 8e-6 /. seconds)
      (List.length results)
      (if List.length results = 1 then "stream" else "streams")
      lost

  (* What arrived counts: the peer knows it of the streams that it received. *)
  let report t peer peer's_results =
    let theirs = Protocol.results_of_json peer's_results in
    let of_meters sends results =
      let id_sends id =
        Array.exists (fun (meter : Meter.t) -> meter.id = id && meter.sends = sends) t.meters
      in
      List.filter (fun (r : Protocol.stream_result) -> id_sends r.id) results
    in
    let lines =
      [ (true, of_meters true theirs); (false, of_meters false (own_results t)) ]
      |> List.filter (fun (_, results) -> results <> [])
      |> List.map (fun (sent, results) -> line t peer ~sent results)
    in
    String.concat "\n" lines
end
