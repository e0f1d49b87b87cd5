open Iperf3_protocol

let read_address text =
  Result.map_error
    (fun (`Msg _) -> "It is an address, as in 10.0.2.2.")
    (Ipaddr.V4.of_string text)

let positive text =
  match int_of_string_opt text with
  | Some number when number > 0 -> Ok number
  | Some _ | None -> Error "It is a whole number above 0."

let seconds text =
  match float_of_string_opt text with
  | Some number when number >= 0. -> Ok number
  | Some _ | None -> Error "It is a number of seconds."

let units = [ ('k', 1e3); ('K', 1e3); ('m', 1e6); ('M', 1e6); ('g', 1e9); ('G', 1e9) ]

let rate text =
  let length = String.length text in
  let unit = if length = 0 then None else List.assoc_opt text.[length - 1] units in
  let digits = if unit = None then text else String.sub text 0 (length - 1) in
  match float_of_string_opt digits with
  | Some number when number >= 0. ->
      Ok (int_of_float (number *. Option.value unit ~default:1.))
  | Some _ | None -> Error "It is in bits per second, as in 100M; 0 is without a limit."

let host = Ipaddr.V4.of_string_exn "10.0.2.2"
let key = Boot_keys.key
let switch = Boot_keys.switch

let server =
  key "server" read_address ~docv:"ADDRESS" ~default:host
    ~doc:"The iperf3 server; 10.0.2.2 if not given."

let port =
  key "port" positive ~docv:"PORT" ~default:port ~doc:"Its port; 5201 if not given."

let time_s =
  key "time" seconds ~docv:"SECONDS" ~default:default.time_s
    ~doc:"How long to measure; 10 if not given."

let omit_s =
  key "omit" seconds ~docv:"SECONDS" ~default:0. ~doc:"How much of the beginning to leave out."

let parallel = key "parallel" positive ~docv:"STREAMS" ~default:1 ~doc:"Streams each way."
let reverse = switch "reverse" ~doc:"The server sends."
let bidir = switch "bidir" ~doc:"Both ends send."
let udp = switch "udp" ~doc:"Measure UDP."

let bandwidth =
  key "bandwidth" rate ~docv:"RATE" ~default:0
    ~doc:"Bits per second of a stream, as in 100M; for UDP 1M if not given."

let length = key "length" positive ~docv:"BYTES" ~default:0 ~doc:"Of a write or a datagram."

let given key ~default = if Boot_keys.is_given key then Boot_keys.get key else default

let direction () =
  if Boot_keys.get bidir then Both else if Boot_keys.get reverse then Reverse else Forward

let request () =
  let default = if Boot_keys.get udp then default_udp else default in
  let parameters =
    {
      default with
      direction = direction ();
      parallel = Boot_keys.get parallel;
      time_s = Boot_keys.get time_s;
      omit_s = Boot_keys.get omit_s;
      length = given length ~default:default.length;
      bits_per_second = given bandwidth ~default:default.bits_per_second;
    }
  in
  (Boot_keys.get server, Boot_keys.get port, parameters)
