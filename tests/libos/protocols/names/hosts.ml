(* packages: tcpip dns dns-client conduit conduit-lwt conduit-mirage uri virtual-network virtual-stacks *)

(* conduit on a stack of both families: from a URI to a connection. *)

open Lwt.Infix
open Case
open Virtual_stacks
module Ip = Ip46
module Udp = Udp46
module T = Tcp46
module Stack = Stack46
module Resolver = Resolver_mirage_v4v6.Make_with_stack (Random) (Time) (Clock) (Stack)
module Conduit_tcp = Conduit_mirage_v4v6.With_tcp (Time) (Clock) (Stack)

let address = address4
let stack = stack46

(* {2 Names}

   Servers 2 and 3 say their number on port 80. Nobody has address 9. *)

let hosts =
  [
    ("both.test", ([ 2 ], [ 2 ]));
    ("dead-six.test", ([ 2 ], [ 9 ]));
    ("dead-four.test", ([ 9 ], [ 3 ]));
    ("dead.test", ([ 9 ], [ 9 ]));
    ("other.test", ([ 3 ], [ 9 ]));
    ("four.test", ([ 3 ], []));
    ("six.test", ([], [ 3 ]));
  ]

let records name kind =
  let v4, v6 =
    Option.value (List.assoc_opt (Domain_name.to_string name) hosts) ~default:([], [])
  in
  let record data = { Dns_record.name; ttl = 60l; data } in
  if kind = Dns_wire.a then List.map (fun n -> record (Dns_record.A (address n))) v4
  else List.map (fun n -> record (Dns_record.Aaaa (address6 n))) v6

let answer message =
  let q = Result.get_ok (Dns_packet.parse message) in
  let name, kind, _ = q.question in
  let flags = if List.mem_assoc (Domain_name.to_string name) hosts then 0x8180 else 0x8183 in
  Dns_packet.marshal { q with flags; answers = records name kind }

let serve_names s ~src ~dst:_ ~src_port message =
  Udp.write ~src_port:53 ~dst:src ~dst_port:src_port (Stack.udp s) (answer message) >|= ignore

let server segment n =
  stack segment n >|= fun s ->
  Stack.listen_udp s ~port:53 (serve_names s);
  Stack.listen_tcp s ~port:80 (fun flow ->
      T.write flow (Cstruct.of_string (string_of_int n)) >>= fun _ -> T.close flow)

type client = { resolver : Resolver_lwt.t; conduit : Conduit_mirage.t }

let with_client test () =
  Virtual_time.run @@ fun () ->
  let segment = Net.segment () in
  server segment 2 >>= fun () ->
  server segment 3 >>= fun () ->
  stack segment 1 >>= fun stack ->
  Name_servers.set (Dhcp (mac 1)) [ (Ipaddr.V6 (address6 2), None) ];
  Conduit_tcp.connect stack Conduit_mirage.empty >>= fun conduit ->
  Time.sleep_ns (Duration.of_sec 3) >>= fun () ->
  test { resolver = Resolver.R.init ~stack (); conduit }

let resolve c host =
  Resolver_lwt.resolve_uri ~uri:(Uri.of_string ("http://" ^ host ^ "/")) c.resolver

let who_answers c endp =
  Conduit_mirage.client endp >>= Conduit_mirage.connect c.conduit >>= fun flow ->
  Conduit_mirage.Flow.read flow >>= fun read ->
  Conduit_mirage.Flow.close flow >|= fun () ->
  match read with Ok (`Data data) -> Cstruct.to_string data | Ok `Eof | Error _ -> "nothing"

let or_why promise =
  Lwt.catch promise (function Failure why -> Lwt.return why | e -> Lwt.fail e)

let expect host expected c =
  resolve c host >>= fun endp ->
  or_why (fun () -> who_answers c endp) >|= equal Fun.id host expected

let is_v6 = function `TCP (Ipaddr.V6 _, 80) -> true | _ -> false

let six_first c =
  resolve c "both.test" >>= fun endp ->
  check "IPv4" (is_v6 endp);
  who_answers c endp >|= equal Fun.id "server" "2"

(* Both have the dead address 9 of IPv6, which is what either endpoint holds. *)
let shared_address c =
  resolve c "dead-six.test" >>= fun first ->
  resolve c "other.test" >>= fun second ->
  check "other endpoints" (first = second && is_v6 first);
  Lwt.both (who_answers c second) (who_answers c first) >|= fun (of_second, of_first) ->
  equal Fun.id "first" "2" of_first;
  equal Fun.id "second" "3" of_second

let by_itself c =
  resolve c "dead-six.test" >>= fun _ ->
  let same = `TCP (Ipaddr.of_string_exn "2001:db8::9", 80) in
  or_why (fun () -> who_answers c same) >|= fun answer ->
  check answer (answer <> "2" && answer <> "3")

let why_not host words c =
  resolve c host >>= fun endp ->
  or_why (fun () -> who_answers c endp) >|= fun why ->
  let holds word =
    let n = String.length word in
    let rec at i = i + n <= String.length why && (String.sub why i n = word || at (i + 1)) in
    at 0
  in
  Printf.printf "        %s\n" why;
  check why (List.for_all holds words)

let many c =
  let one _ = expect "dead-six.test" "2" c in
  expect "10.0.0.2" "2" c >>= fun () ->
  Lwt.join (List.init (2 * Conduit_host.max_known) one)

let localhost c =
  let own = Ipaddr.of_string_exn "127.0.0.1" in
  resolve c "localhost" >|= fun endp -> check "another" (endp = `TCP (own, 80))

let () =
  case "IPv6 first" (with_client six_first);
  case "IPv6 is dead" (with_client (expect "dead-six.test" "2"));
  case "IPv4 is dead" (with_client (expect "dead-four.test" "3"));
  case "IPv4 alone" (with_client (expect "four.test" "3"));
  case "IPv6 alone" (with_client (expect "six.test" "3"));
  case "an address" (with_client (expect "10.0.0.3" "3"));
  case "hosts that share an address are told apart" (with_client shared_address);
  case "an address from elsewhere is itself" (with_client by_itself);
  case "both are dead" (with_client (why_not "dead.test" [ "dead.test"; "2001:db8::9"; "10.0.0.9" ]));
  case "no such host" (with_client (why_not "nobody.test" [ "nobody.test" ]));
  case "localhost" (with_client localhost);
  case "more at once than are remembered" (with_client many)
