(* packages: unikernel-apps.http virtual-network *)

(* Headers of HTTP requests, each kind in several ways (RFC 9110, 9112). *)

open Case

let number = string_of_int
let text = Fun.id
let crlf = String.concat "\r\n"

let parsed whole =
  match Http_request.parse whole 0 with
  | Complete (request, finish) -> (request, finish)
  | Incomplete -> failwith (String.escaped whole ^ ": incomplete")
  | Malformed { why; _ } -> failwith (String.escaped whole ^ ": " ^ why)

let request lines = fst (parsed (crlf (lines @ [ ""; "" ])))
let get ?(fields = [ "Host: x" ]) target = request (("GET " ^ target ^ " HTTP/1.1") :: fields)

(* {1 Taken} *)

let whole () =
  let first = [ "GET /a?b HTTP/1.1"; "Host: x"; "Range: bytes=1-2"; "X:\t\xe9 \t"; ""; "next" ] in
  let get, finish = parsed (crlf first) in
  equal text "method" "GET" get.meth;
  equal text "target" "/a?b" get.target;
  check "kept" get.keep_alive;
  check "no body" (get.body = Sized 0);
  let value name = Option.value (Http_request.header get name) ~default:"-" in
  equal Option.(value ~default:"-") "range" (Some "bytes=1-2") get.range;
  equal text "host" "x" (value "host");
  equal text "bytes above 127, blanks around" "\xe9" (value "x");
  equal number "the end of its header" 56 finish

let versions () =
  let keeps lines = (request lines).keep_alive in
  check "1.1" (keeps [ "GET / HTTP/1.1"; "Host: x" ]);
  check "a later 1.x is 1.1" (request [ "GET / HTTP/1.2"; "Host: x" ]).is_1_1;
  check "1.0" (not (keeps [ "GET / HTTP/1.0" ]));
  check "1.0, asked for" (keeps [ "GET / HTTP/1.0"; "Connection: Keep-Alive" ]);
  check "close" (not (keeps [ "GET / HTTP/1.1"; "Host: x"; "Connection: x, Close" ]));
  let lines = [ "Connection: close"; "Connection: keep-alive" ] in
  check "close, and keep" (not (keeps ([ "GET / HTTP/1.1"; "Host: x" ] @ lines)))

let bodies () =
  let body ?(version = "1.1") fields =
    (request ((("POST / HTTP/" ^ version) :: "Host: x" :: fields))).body
  in
  check "a length" (body [ "cOnTeNt-LeNgTh:  7 " ] = Sized 7);
  check "said twice" (body [ "Content-Length: 29, 29" ] = Sized 29);
  check "on two lines" (body [ "Content-Length: 29"; "Content-Length: 29" ] = Sized 29);
  check "chunks" (body [ "Transfer-Encoding: Chunked" ] = Chunked);
  check "1.0" (body ~version:"1.0" [ "Content-Length: 1" ] = Sized 1)

let expectations () =
  let expects version =
    let fields = [ "Host: x"; "Content-Length: 1"; "Expect: 100-Continue" ] in
    (request (("PUT / HTTP/" ^ version) :: fields)).expects_continue
  in
  check "1.1" (expects "1.1");
  check "1.0 does not know it" (not (expects "1.0"))

let empty_line () = check "one is passed over" (snd (parsed "\r\nGET / HTTP/1.1\r\nHost:\r\n\r\n") = 27)

let every_beginning_is_incomplete () =
  let whole = "\r\nGET /a%20b HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n" in
  for length = 0 to String.length whole - 1 do
    check "incomplete" (Http_request.parse (String.sub whole 0 length) 0 = Incomplete)
  done

(* {1 Targets} *)

let paths =
  [
    ("/", "/");
    ("/?x=1", "/");
    ("/a/b?c/../d", "/a/b");
    ("/a/./b", "/a/b");
    ("/a/../b", "/b");
    ("/a/..", "/");
    ("/../../b", "/b");
    ("/a//b/", "/a//b/");
    ("/%61%2D%7e", "/a-~");
    ("/%2e%2E/b", "/b");
    ("/a%2fb", "/a%2Fb");
    ("/%00%0a", "/%00%0A");
    ("/caf%c3%a9", "/caf\xc3\xa9");
    ("http://a", "/");
    ("HTTP://a.b:80/c?d", "/c");
    ("http://a?b", "/");
    ("http://[::1]:8080/", "/");
    ("http://a:/b", "/b");
  ]

let hosts () =
  let host ?fields target = Option.value (get ?fields target).host ~default:"-" in
  equal text "of the field" "x:80" (host ~fields:[ "Host: x:80" ] "/");
  equal text "the target wins" "a:1" (host ~fields:[ "Host: x" ] "http://a:1/");
  equal text "none needed in 1.0" "-"
    (Option.value (request [ "GET / HTTP/1.0" ]).host ~default:"-");
  equal text "of CONNECT" "a:443" (Option.get (request [ "CONNECT a:443 HTTP/1.1"; "Host: b" ]).host);
  check "all of the server" ((request [ "OPTIONS * HTTP/1.1"; "Host: x" ]).target = "*");
  let is_path (target, path) = equal text target path (Lazy.force (get target).path) in
  List.iter is_path paths

(* {1 Refused} *)

let with_fields fields = crlf (("GET / HTTP/1.1" :: "Host: x" :: fields) @ [ ""; "" ])
let with_line line = crlf [ line; "Host: x"; ""; "" ]

let lines =
  [
    "GET /";
    "GET / ";
    "GET";
    "";
    " GET / HTTP/1.1";
    "GET  / HTTP/1.1";
    "GET /  HTTP/1.1";
    "GET\t/ HTTP/1.1";
    "GET / HTTP/1.1 ";
    "GET / HTTP/1.1 x";
    "GET / http/1.1";
    "GET / HTTP/1";
    "GET / HTTP/1.10";
    "GET / HTTP/11.1";
    "GET / HTTP/1,1";
    "GET / HTTP/a.1";
    "GET / XTTP/1.1";
    "G(T / HTTP/1.1";
    "GET /\rHTTP/1.1";
    "GET /a\x00b HTTP/1.1";
    "GET /a\x7f HTTP/1.1";
    "GET /caf\xc3\xa9 HTTP/1.1";
    "GET /a#b HTTP/1.1";
    "GET /%zz HTTP/1.1";
    "GET /% HTTP/1.1";
    "GET /%a HTTP/1.1";
    "GET a HTTP/1.1";
    "GET * HTTP/1.1";
    "GET a:80 HTTP/1.1";
    "GET ftp://a/ HTTP/1.1";
    "GET http:///a HTTP/1.1";
    "GET http:a HTTP/1.1";
    "GET http://b@a/ HTTP/1.1";
    "GET http://b:c@a/ HTTP/1.1";
    "GET http://a:b/ HTTP/1.1";
    "GET http://a:123456/ HTTP/1.1";
    "GET http://[::1/ HTTP/1.1";
    "GET http://::1/ HTTP/1.1";
    "CONNECT / HTTP/1.1";
    "CONNECT http://a/ HTTP/1.1";
  ]

let fields =
  [
    [ "Content-Length : 29" ];
    [ "Content-Length\t: 29" ];
    [ " Content-Length: 29" ];
    [ "X: a"; " folded" ];
    [ "X: a"; "\tfolded" ];
    [ ": nameless" ];
    [ "no colon" ];
    [ "na(me: x" ];
    [ "na\xefve: x" ];
    [ "X: a\x00b" ];
    [ "X: a\rb" ];
    [ "X: a\nb" ];
    [ "X: a\x01b" ];
    [ "X: a\x7f" ];
    [ "X: a\x0bb" ];
    [ "Host: x" ];
    [ "Host: y" ];
    [ "Content-Length:" ];
    [ "Content-Length: +29" ];
    [ "Content-Length: -1" ];
    [ "Content-Length: 0x1d" ];
    [ "Content-Length: 2_9" ];
    [ "Content-Length: 2 9" ];
    [ "Content-Length: 29, 30" ];
    [ "Content-Length: 29," ];
    [ "Content-Length: 1"; "Content-Length: 2" ];
    [ "Content-Length: 1"; "Content-Length: 01" ];
    [ "Content-Length: 1"; "Transfer-Encoding: chunked" ];
    [ "Transfer-Encoding: chunked"; "Content-Length: 1" ];
    [ "Transfer-Encoding: chunked, gzip" ];
    [ "Transfer-Encoding: gzip" ];
    [ "Transfer-Encoding: chunked, chunked" ];
    [ "Transfer-Encoding: chunked"; "Transfer-Encoding: chunked" ];
    [ "Transfer-Encoding: ,chunked" ];
    [ "Transfer-Encoding:" ];
    [ "Transfer-Encoding: \"chunked\"" ];
  ]

let others =
  [
    "GET / HTTP/1.1\r\n\r\n";
    "GET / HTTP/1.1\nHost: x\n\n";
    "GET / HTTP/1.1\r\nHost: x\n\r\n";
    "GET / HTTP/1.1\r\nHost: x\r\n\n";
    "GET / HTTP/1.1\r\nHost: x\r\n\rX";
    "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n";
    "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n";
    "GET / HTTP/1.1\r\nHost: x y\r\n\r\n";
    "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n";
    "GET / HTTP/1.1\r\nHost: y@x\r\n\r\n";
    "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n";
    "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n";
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
  ]

let is_refused status whole =
  match Http_request.parse whole 0 with
  | Malformed refusal -> equal number (String.escaped whole) status refusal.status
  | Complete _ -> failwith (String.escaped whole ^ " was taken")
  | Incomplete -> failwith (String.escaped whole ^ " is incomplete")

let refusals () =
  List.iter (is_refused 400) (List.map with_line lines);
  List.iter (is_refused 400) (List.map with_fields fields);
  List.iter (is_refused 400) others

let other_statuses () =
  List.iter (is_refused 505)
    [ with_line "GET / HTTP/2.0"; with_line "GET / HTTP/0.9"; "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" ];
  List.iter (is_refused 501)
    [ with_fields [ "Transfer-Encoding: gzip, chunked" ] ];
  is_refused 417 (with_fields [ "Expect: 100-continue, tea" ]);
  is_refused 413 (with_fields [ "Content-Length: 99999999999999999999" ]);
  is_refused 431 (with_fields (List.init 101 (fun index -> Printf.sprintf "X%d: y" index)))

(* {1 Parts of pages} *)

let parts () =
  let page = Http_response.page "0123456789" in
  let answer range =
    let part = Http_response.part page range in
    match part.body with
    | Whole body -> Printf.sprintf "%d %s" part.status (Cstruct.to_string body)
    | Sized _ | Chunked _ -> "streamed"
  in
  let is expected range = equal text range expected (answer range) in
  is "206 234" "bytes=2-4";
  is "206 234" "Bytes=2-4";
  is "206 89" "bytes=8-";
  is "206 789" "bytes=-3";
  is "206 9" "bytes=9-99";
  is "206 9" "bytes=9-99999999999999999999";
  is "206 0123456789" "bytes=-99999999999999999999";
  List.iter (is "200 0123456789")
    [ "lines=1-2"; "bytes=1-2,4-5"; "bytes=4-2"; "bytes=0x1-2"; "bytes=+1-2"; "bytes=1_0-"; "bytes=-"; "bytes" ];
  let is_beyond range = check range (String.sub (answer range) 0 3 = "416") in
  List.iter is_beyond [ "bytes=10-"; "bytes=-0"; "bytes=99999999999999999999-" ]

let () =
  case "a request" whole;
  case "versions and what is kept" versions;
  case "bodies" bodies;
  case "expectations" expectations;
  case "an empty line before a request" empty_line;
  case "every beginning of a request is incomplete" every_beginning_is_incomplete;
  case "targets, paths and hosts" hosts;
  case "requests that are refused" refusals;
  case "refused with other statuses" other_statuses;
  case "parts of a page" parts
