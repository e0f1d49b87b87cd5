(* packages: unikernel-apps.http unikernel-apps.iperf3 virtual-network *)

(* The applications' parsers: JSON, iperf3's parameters; hostile input. *)

open Case
module Json = Iperf3_json
module Protocol = Iperf3_protocol

(* {2 iperf3} *)

let parsed text =
  match Json.of_string text with Ok value -> value | Error why -> failwith (text ^ ": " ^ why)

let wrong_json = [ ""; "{"; "[1,]"; "{\"a\"}"; "tru"; "1 2"; "\"\\u12\""; "\"\\ud800\""; "-" ]

let json () =
  let same text = equal Fun.id text text (Json.to_string (parsed text)) in
  List.iter same [ "null"; "true"; "[1,-2.5,1e+30]"; {|{"a":"b\"\\","c":[{}]}|}; "[]" ];
  equal Fun.id "escapes" "a/\n\xc3\xa9" (match parsed {|"a\/\n\u00e9"|} with String s -> s | _ -> "");
  let is_refused text = Result.is_error (Json.of_string text) in
  List.iter (fun text -> check text (is_refused text)) wrong_json;
  check "too deep" (is_refused (String.concat "" (List.init 100 (fun _ -> "["))))

let parameters () =
  let there_and_back p =
    match Protocol.parameters_of_json (Protocol.json_of_parameters p) with
    | Ok q -> check "the same parameters" (p = q)
    | Error why -> failwith why
  in
  let default = Protocol.default in
  List.iter there_and_back
    [
      default;
      Protocol.default_udp;
      { default with direction = Reverse; parallel = 128; time_s = 0.5; omit_s = 2. };
      { default with direction = Both; bits_per_second = 10_000_000; length = 1 };
      { Protocol.default_udp with wide_counters = true; length = 65_507 };
    ];
  let is_refused p =
    Result.is_error (Protocol.parameters_of_json (Protocol.json_of_parameters p))
  in
  let wrong =
    [
      { default with parallel = 0 };
      { default with parallel = 129 };
      { default with length = 0 };
      { default with length = 2_000_000 };
      { Protocol.default_udp with length = 15 };
      { Protocol.default_udp with length = 65_508 };
    ]
  in
  List.iter (fun p -> check "refused" (is_refused p)) wrong

let datagrams () =
  let wide = true in
  let sender = Iperf3_meter.create ~id:1 ~sends:true in
  let receiver = Iperf3_meter.create ~id:1 ~sends:false in
  let datagram () =
    let buffer = Cstruct.create 100 in
    Iperf3_meter.write_header sender ~wide ~now_ns:1_000_000L buffer;
    buffer
  in
  let numbered = Array.init 6 (fun _ -> datagram ()) in
  let receive index = Iperf3_meter.add_datagram receiver ~wide ~now_ns:2_000_000L numbered.(index) in
  List.iter receive [ 0; 1; 4; 3 ];
  let result = Iperf3_meter.result receiver ~duration_s:1. in
  equal string_of_int "bytes" 400 result.bytes;
  equal string_of_int "sent so far" 5 result.packets;
  equal string_of_int "lost; one came late" 1 result.errors

(* {2 Hostile input} *)

let samples =
  List.map Cstruct.of_string
    ("GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
     :: {|{"tcp":true,"omit":0,"parallel":1,"s":"a\u0041"}|}
     :: "PUT http://a:80/%41?b HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
     :: wrong_json)

let hostile () =
  let samples = Array.of_list samples in
  for _ = 1 to Fuzz.inputs do
    let input = Cstruct.to_string (Fuzz.mutant samples) in
    (match Http_request.parse input 0 with
     | Complete (request, _) -> ignore (Lazy.force request.path, Lazy.force request.headers)
     | Incomplete | Malformed _ -> ());
    Result.iter (fun value -> ignore (Protocol.parameters_of_json value)) (Json.of_string input)
  done

let () =
  case "JSON" json;
  case "parameters of a test" parameters;
  case "datagrams lost and late" datagrams;
  case "hostile input" hostile
