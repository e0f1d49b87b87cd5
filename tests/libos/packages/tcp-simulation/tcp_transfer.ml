type outcome = { seconds : float; goodput : float }

(* A period that no segment size divides. *)
let period = 65_521

let pattern =
  let byte i = Char.chr ((i * i / 7) land 0xff) in
  Cstruct.of_string (String.init (2 * period) (fun i -> byte (i mod period)))

let piece = 50_000

let send host connection ~bytes =
  let tcb = Tcp_endpoint.tcb connection and sent = ref 0 in
  let touch () =
    Tcp_endpoint.touch (Tcp_pair.stack host) connection;
    Tcp_pair.wake host
  in
  let rec push () =
    if Tcp_connection.may_write tcb then
      if !sent = bytes then begin
        Tcp_connection.close tcb ~now:(Tcp_pair.now host);
        touch ()
      end
      else if Tcp_connection.room tcb > 0 then begin
        let length = min piece (bytes - !sent) in
        let data = Cstruct.sub pattern (!sent mod period) length in
        Tcp_connection.write tcb [ data ];
        sent := !sent + length;
        touch ();
        push ()
      end
  in
  push

let check_piece ~at data =
  let expected = Cstruct.sub pattern (at mod period) (Cstruct.length data) in
  if not (Cstruct.equal expected data) then
    failwith (Printf.sprintf "damaged at byte %d" at)

let rec check ~at data =
  let length = min period (Cstruct.length data) in
  if length > 0 then begin
    check_piece ~at (Cstruct.sub data 0 length);
    check ~at:(at + length) (Cstruct.shift data length)
  end

let pull (t : Tcp_pair.t) host connection received =
  let tcb = Tcp_endpoint.tcb connection in
  let rec read () =
    match Tcp_connection.read tcb ~now:(Tcp_events.now t.events) with
    | None -> ()
    | Some data ->
        check ~at:!received data;
        received := !received + Cstruct.length data;
        Tcp_endpoint.touch (Tcp_pair.stack host) connection;
        Tcp_pair.wake host;
        read ()
  in
  read

let receive t host connection =
  let received = ref 0 in
  Tcp_endpoint.on_change connection (pull t host connection received);
  received

let serve (t : Tcp_pair.t) host connection ~bytes received =
  let push = send host connection ~bytes in
  let pull = pull t host connection received in
  Tcp_endpoint.on_change connection (fun () ->
      pull ();
      push ());
  push ()

let send host connection ~bytes =
  let push = send host connection ~bytes in
  Tcp_endpoint.on_change connection push;
  push ()

let settled (t : Tcp_pair.t) =
  let idle host =
    let stack = Tcp_pair.stack host in
    Tcp_endpoint.connections stack = 0
  in
  idle t.a && idle t.b

let describe connection =
  Format.asprintf "%a" Tcp_state.pp
    (Tcp_connection.state (Tcp_endpoint.tcb connection))

let transfer ?(alone = true) (t : Tcp_pair.t) ~there ~back ~limit_s =
  let port = 5001 in
  let at_a = ref 0 and at_b = ref 0 and done_at = ref 0 in
  Tcp_pair.listen t.b port (fun c -> serve t t.b c ~bytes:back at_b);
  let client = Tcp_pair.connect t t.a ~port in
  serve t t.a client ~bytes:there at_a;
  let complete () =
    let all = !at_a = back && !at_b = there in
    if all && !done_at = 0 then done_at := Tcp_events.now t.events;
    all
  in
  let ended () = complete () && ((not alone) || settled t) in
  if not (Tcp_pair.run t ~limit_s ended) then
    failwith
      (Printf.sprintf "after %d s: %d of %d and %d of %d bytes, client %s"
         limit_s !at_b there !at_a back (describe client));
  let seconds = float_of_int !done_at /. 1e9 in
  { seconds; goodput = float_of_int (max there back) /. seconds }

let both_ways t ~bytes ~limit_s = transfer t ~there:bytes ~back:bytes ~limit_s

let both_ways_amid t ~bytes ~limit_s =
  transfer ~alone:false t ~there:bytes ~back:bytes ~limit_s

let one_way t ~bytes ~limit_s = transfer t ~there:bytes ~back:0 ~limit_s
