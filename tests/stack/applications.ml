(* packages: unikernel-apps.http unikernel-apps.iperf3 virtual-network *)

(* The applications' parsers: requests, JSON, iperf3's parameters; hostile input. *)

open Case
module Json = Iperf3_json
module Protocol = Iperf3_protocol

let text = Fun.id

(* {2 HTTP requests} *)

let request parts =
  match Http_request.parse (String.concat "\r\n" parts) 0 with
  | Complete (request, finish) -> (request, finish)
  | Incomplete -> failwith "incomplete"
  | Malformed why -> failwith why

let requests () =
  let get, finish = request [ "GET /a?b HTTP/1.1"; "Host: x"; "Range: bytes=1-2"; ""; "next" ] in
  equal text "method" "GET" get.meth;
  equal text "target" "/a?b" get.target;
  check "kept" get.keep_alive;
  check "no body" (get.body = Sized 0);
  equal Option.(value ~default:"-") "range" (Some "bytes=1-2") get.range;
  equal Option.(value ~default:"-") "host" (Some "x") (Http_request.header get "host");
  equal string_of_int "the end of its header" 48 finish;
  let post, _ =
    request [ "POST / HTTP/1.0"; "cOnTeNt-LeNgTh:  7 "; "Expect: 100-continue"; ""; "" ]
  in
  check "HTTP/1.0 is not kept" (not post.keep_alive);
  check "a length" (post.body = Sized 7);
  check "expects" post.expects_continue;
  let put, _ = request [ "PUT / HTTP/1.1"; "Transfer-Encoding: chunked"; ""; "" ] in
  check "chunks" (put.body = Chunked);
  let last, _ = request [ "HEAD / HTTP/1.1"; "Connection: close"; ""; "" ] in
  check "closes" (not last.keep_alive)

let every_beginning_is_incomplete () =
  let whole = "GET / HTTP/1.1\r\nHost: x\r\n\r\n" in
  for length = 0 to String.length whole - 1 do
    check "incomplete" (Http_request.parse (String.sub whole 0 length) 0 = Incomplete)
  done

let refused =
  [
    "GET /\r\n\r\n";
    "GET / HTTP/1.1 x\r\n\r\n";
    "GET / HTTP/2.0\r\n\r\n";
    "G3T / HTTP/1.1\r\n\r\n";
    "GET / HTTP/1.1\n\n";
    "\r\n\r\n";
    "GET / HTTP/1.1\r\n folded: x\r\n\r\n";
    "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n";
    "GET / HTTP/1.1\r\nContent-Length: 0x10\r\n\r\n";
    "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n";
    "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
    "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n";
  ]

let refusals () =
  let is_refused text =
    match Http_request.parse text 0 with Malformed _ -> true | Complete _ | Incomplete -> false
  in
  List.iter (fun text -> check (String.escaped text) (is_refused text)) refused

let parts () =
  let page = Http_response.page "0123456789" in
  let answer range =
    let part = Http_response.part page range in
    match part.body with
    | Whole body -> Printf.sprintf "%d %s" part.status (Cstruct.to_string body)
    | Sized _ | Chunked _ -> "streamed"
  in
  equal text "from to" "206 234" (answer "bytes=2-4");
  equal text "to the end" "206 89" (answer "bytes=8-");
  equal text "the last" "206 789" (answer "bytes=-3");
  equal text "more than there is" "206 9" (answer "bytes=9-99");
  equal text "another unit" "200 0123456789" (answer "lines=1-2");
  equal text "several" "200 0123456789" (answer "bytes=1-2,4-5");
  equal text "backwards" "200 0123456789" (answer "bytes=4-2");
  check "beyond the end" (String.sub (answer "bytes=10-") 0 3 = "416")

(* {2 iperf3} *)

let parsed text =
  match Json.of_string text with Ok value -> value | Error why -> failwith (text ^ ": " ^ why)

let json () =
  let same text = equal Fun.id text text (Json.to_string (parsed text)) in
  List.iter same [ "null"; "true"; "[1,-2.5,1e+30]"; {|{"a":"b\"\\","c":[{}]}|}; "[]" ];
  equal text "escapes" "a/\n\xc3\xa9" (match parsed {|"a\/\n\u00e9"|} with String s -> s | _ -> "");
  let is_refused text = Result.is_error (Json.of_string text) in
  let wrong = [ ""; "{"; "[1,]"; "{\"a\"}"; "tru"; "1 2"; "\"\\u12\""; "\"\\ud800\""; "-" ] in
  List.iter (fun text -> check text (is_refused text)) wrong;
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
    :: {|{"tcp":true,"omit":0,"parallel":1,"s":"a\u0041"}|} :: refused)

let hostile () =
  let samples = Array.of_list samples in
  for _ = 1 to Fuzz.inputs do
    let input = Cstruct.to_string (Fuzz.mutant samples) in
    ignore (Http_request.parse input 0);
    Result.iter (fun value -> ignore (Protocol.parameters_of_json value)) (Json.of_string input)
  done

let () =
  case "requests" requests;
  case "every beginning of a request is incomplete" every_beginning_is_incomplete;
  case "requests that are refused" refusals;
  case "parts of a page" parts;
  case "JSON" json;
  case "parameters of a test" parameters;
  case "datagrams lost and late" datagrams;
  case "hostile input" hostile
