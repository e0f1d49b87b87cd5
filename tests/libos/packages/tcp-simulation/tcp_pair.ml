type connection = string Tcp_endpoint.connection

type host = {
  events : Tcp_events.t;
  name : string;
  stack : string Tcp_endpoint.t;
  turn_ns : int;
  mutable link : Tcp_link.t option;
  mutable listeners : (int * (connection -> unit)) list;
  mutable watcher : Tcp_segment.t -> length:int -> unit;
  mutable awake_at : int;
}

type t = { events : Tcp_events.t; a : host; b : host }
type offload = { tso_max : int; turn_ns : int }

let stack h = h.stack
let now (h : host) = Tcp_events.now h.events
let link h = Option.get h.link
let watch h watcher = h.watcher <- watcher

let emit h ~owner:_ ~local:_ ~remote:_ segment payload ~length ~unit_size =
  h.watcher segment ~length;
  Tcp_link.send (link h) segment payload ~length ~unit_size

let rec turn (h : host) =
  let now = Tcp_events.now h.events in
  h.awake_at <- max_int;
  Tcp_endpoint.notify h.stack;
  Tcp_endpoint.poll h.stack ~now (emit h);
  let deadline = Tcp_endpoint.deadline h.stack in
  if Tcp_endpoint.is_busy h.stack then wake h
  else if deadline < max_int then wake_at h deadline

and wake_at h at =
  if at < h.awake_at then begin
    h.awake_at <- at;
    Tcp_events.at h.events at (fun () -> if h.awake_at = at then turn h)
  end

and wake (h : host) = wake_at h (Tcp_events.now h.events + h.turn_ns)

let other = function "a" -> "b" | _ -> "a"

let receive (h : host) frame =
  let listening port =
    let listener accepted = { Tcp_endpoint.keepalive = None; accepted } in
    Option.map listener (List.assoc_opt port h.listeners)
  in
  match Tcp_segment.parse frame with
  | Error _ -> ()
  | Ok (segment, payload) ->
      Tcp_endpoint.input h.stack ~now:(Tcp_events.now h.events) ~listening
        ~local:h.name ~remote:(other h.name) ~unit_size:0 segment payload;
      wake h

let hear (h : host) frame ~mtu =
  let is_between ~local:_ ~remote:_ = true in
  Tcp_endpoint.report h.stack ~now:(Tcp_events.now h.events) ~is_between
    ~local_port:(Tcp_wire.get_tcp_src_port frame)
    ~remote_port:(Tcp_wire.get_tcp_dst_port frame)
    ~sequence:(Tcp_sequence.of_int32 (Cstruct.BE.get_uint32 frame 4))
    (Ip_errors.Too_big mtu);
  wake h

let mss = 1460

let host events ~name ~seed ~config ~offload =
  let secret = Printf.sprintf "%s secret %d of the test" name seed in
  let identity ~local ~remote = local ^ remote in
  let stack = Tcp_endpoint.create config ~secret ~identity ~mss:(fun _ -> mss) ~header_bytes:(fun _ -> 40) in
  Tcp_endpoint.set_tso_max stack ~owner:None offload.tso_max;
  {
    events;
    name;
    stack;
    turn_ns = offload.turn_ns;
    link = None;
    listeners = [];
    watcher = (fun _ ~length:_ -> ());
    awake_at = max_int;
  }

let no_offload = { tso_max = 0; turn_ns = 1_000 }

let create ?(seed = Seeded.seed) ?(config_a = Tcp_config.default)
    ?(config_b = Tcp_config.default) ?(offload = no_offload)
    ?(there = Tcp_link.perfect) ?(back = Tcp_link.perfect) () =
  let events = Tcp_events.create () in
  let random = Random.State.make [| seed |] in
  let a = host events ~name:"a" ~seed ~config:config_a ~offload in
  let b = host events ~name:"b" ~seed ~config:config_b ~offload in
  a.link <- Some (Tcp_link.create events random there ~refuse:(hear a) (receive b));
  b.link <- Some (Tcp_link.create events random back ~refuse:(hear b) (receive a));
  { events; a; b }

let listen h port accepted = h.listeners <- (port, accepted) :: h.listeners

let connect (t : t) h ~port =
  let now = Tcp_events.now t.events in
  let local = h.name and remote = other h.name in
  match Tcp_endpoint.connect h.stack ~now ~local ~remote ~remote_port:port with
  | None -> failwith "no connection to be had"
  | Some connection ->
      wake h;
      connection

let run (t : t) ~limit_s until =
  Tcp_events.run t.events ~until ~limit_ns:(limit_s * 1_000_000_000)
