(* iperf3's control protocol as iperf 3.12 speaks it, which no specification describes: the
   server names states by a byte each over the control connection, parameters and results
   are JSON behind four bytes of length, and data streams are further connections. *)

module Json = Iperf3_json

let port = 5201
let cookie_size = 37

type state =
  | Test_start
  | Test_running
  | Test_end
  | Param_exchange
  | Create_streams
  | Server_terminate
  | Client_terminate
  | Exchange_results
  | Display_results
  | Iperf_done
  | Access_denied
  | Server_error

let bytes =
  [
    (Test_start, 1);
    (Test_running, 2);
    (Test_end, 4);
    (Param_exchange, 9);
    (Create_streams, 10);
    (Server_terminate, 11);
    (Client_terminate, 12);
    (Exchange_results, 13);
    (Display_results, 14);
    (Iperf_done, 16);
    (Access_denied, 255);
    (Server_error, 254);
  ]

let byte_of_state state = List.assoc state bytes

let state_of_byte byte =
  Option.map fst (List.find_opt (fun (_, number) -> number = byte) bytes)

type transport = Tcp | Udp
type direction = Forward | Reverse | Both

type parameters = {
  transport : transport;
  direction : direction;
  parallel : int;
  time_s : float;
  omit_s : float;
  length : int;
  bits_per_second : int;
  wide_counters : bool;
}

let tcp_length = 131_072
let udp_length = 1_460
let parallel_max = 128
let length_max = 1_048_576

let default =
  {
    transport = Tcp;
    direction = Forward;
    parallel = 1;
    time_s = 10.;
    omit_s = 0.;
    length = tcp_length;
    bits_per_second = 0;
    wide_counters = false;
  }

let default_udp =
  { default with transport = Udp; length = udp_length; bits_per_second = 1_000_000 }

(* iperf3 takes a flag that is there for set, whatever its value. *)
let json_of_flags p =
  let flags =
    [
      ("tcp", p.transport = Tcp);
      ("udp", p.transport = Udp);
      ("reverse", p.direction = Reverse);
      ("bidirectional", p.direction = Both);
      ("udp_counters_64bit", p.wide_counters);
    ]
  in
  List.filter_map (fun (name, set) -> if set then Some (name, Json.Bool true) else None) flags

let json_of_parameters p =
  let number value = Json.Number (float_of_int value) in
  Json.Object
    (json_of_flags p
     @ [
       ("omit", Number p.omit_s);
       ("time", Number p.time_s);
       ("parallel", number p.parallel);
       ("len", number p.length);
       ("bandwidth", number p.bits_per_second);
       ("pacing_timer", Number 1000.);
       ("client_version", String "3.12");
     ])

let direction_of_json json =
  if Json.bool "bidirectional" json then Both
  else if Json.bool "reverse" json then Reverse
  else Forward

(* A datagram has room for its header, of 16 bytes, and fits into one IP packet. *)
let longest = function Tcp -> length_max | Udp -> 65_507
let shortest = function Tcp -> 1 | Udp -> 16

let checked p =
  if p.parallel < 1 || p.parallel > parallel_max then
    Error (Printf.sprintf "%d streams; it serves 1 to %d" p.parallel parallel_max)
  else if p.length < shortest p.transport || p.length > longest p.transport then
    Error
      (Printf.sprintf "blocks of %d bytes; it serves %d to %d" p.length (shortest p.transport)
         (longest p.transport))
  else Ok p

let parameters_of_json json =
  let udp = Json.bool "udp" json in
  let default = if udp then default_udp else default in
  checked
    {
      transport = default.transport;
      direction = direction_of_json json;
      parallel = Json.int "parallel" ~default:1 json;
      time_s = Json.number "time" ~default:default.time_s json;
      omit_s = Json.number "omit" ~default:0. json;
      length = Json.int "len" ~default:default.length json;
      bits_per_second = Json.int "bandwidth" ~default:0 json;
      wide_counters = Json.bool "udp_counters_64bit" json;
    }

type stream_result = {
  id : int;
  bytes : int;
  jitter_s : float;
  errors : int;
  packets : int;
  duration_s : float;
}

let stream_id index = if index = 0 then 1 else index + 2

let json_of_stream result =
  let number value = Json.Number (float_of_int value) in
  Json.Object
    [
      ("id", number result.id);
      ("bytes", number result.bytes);
      ("retransmits", Number (-1.));
      ("jitter", Number result.jitter_s);
      ("errors", number result.errors);
      ("packets", number result.packets);
      ("start_time", Number 0.);
      ("end_time", Number result.duration_s);
    ]

let json_of_results ~sends results =
  Json.Object
    [
      ("cpu_util_total", Number 0.);
      ("cpu_util_user", Number 0.);
      ("cpu_util_system", Number 0.);
      ("sender_has_retransmits", Number (if sends then 0. else -1.));
      ("streams", List (List.map json_of_stream results));
    ]

let stream_of_json json =
  {
    id = Json.int "id" ~default:0 json;
    bytes = Json.int "bytes" ~default:0 json;
    jitter_s = Json.number "jitter" ~default:0. json;
    errors = Json.int "errors" ~default:0 json;
    packets = Json.int "packets" ~default:0 json;
    duration_s = Json.number "end_time" ~default:0. json;
  }

let results_of_json json = List.map stream_of_json (Json.list "streams" json)
