type t = {
  port : int;
  remote : int;
  mutable next : int;  (* what the host expects of us *)
  mutable acked : int;  (* what we said we have of its data *)
  mutable theirs : int;  (* what it has sent *)
  mutable stamp : int;
}

type around = {
  random : Random.State.t;
  now : unit -> int;
  send : remote:int -> Tcp_segment.t -> Cstruct.t -> unit;
  turn : unit -> unit;
}

let create ~port ~remote ~stamp =
  { port; remote; next = 0; acked = 0; theirs = 0; stamp }

let hears p ~remote (s : Tcp_segment.t) ~length =
  if p.remote = remote && p.port = s.destination_port then begin
    let start = Tcp_sequence.to_int s.sequence in
    let extra = match s.control with Syn | Fin -> 1 | Plain | Reset -> 0 in
    p.theirs <- (start + length + extra) land 0xffff_ffff;
    if s.control = Syn then p.acked <- p.theirs;
    let next a = p.next <- Tcp_sequence.to_int a in
    Option.iter next s.acknowledgement
  end

let random w n = Random.State.int w.random n
let one_in w n = random w n = 0
let pick w array = array.(random w (Array.length array))

let sequence n = Tcp_sequence.of_int (n land 0xffff_ffff)
let frame_bytes = 2048

(* As it arrives: within the buffer of a frame. *)
let payload length =
  Cstruct.sub (Cstruct.create_unsafe (Int.max frame_bytes length)) 0 length

let sack w p =
  let span = Int.max 1 ((p.theirs - p.acked) land 0xffff) in
  let block _ =
    let left = p.acked + random w span in
    (sequence left, sequence (left + 1 + random w 3000))
  in
  List.init (random w 4) block

let options w p =
  p.stamp <- p.stamp + random w 3;
  let value = if one_in w 10 then random w 0xffff_fff else p.stamp in
  let timestamps =
    if one_in w 3 then None
    else Some { Tcp_segment.value; echo = (w.now () / 1_000_000) - random w 3 }
  in
  let sack = if one_in w 4 then sack w p else [] in
  { Tcp_segment.no_options with timestamps; sack }

let windows = [| 0; 0; 1; 100; 1460; 20_000; 65_535; 65_535 |]

let acknowledgement w p =
  match random w 12 with
  | 0 -> p.theirs + 1 + random w 3000
  | 1 -> p.acked - 1 - random w 3000
  | 2 | 3 | 4 ->
      if p.acked <> p.theirs then p.acked <- p.acked + 1;
      p.acked
  | 5 | 6 -> p.acked
  | _ ->
      p.acked <- p.theirs;
      p.acked

let offers w = pick w [| Tcp_script.modern; Tcp_script.plain |]

let send w p ?(control = Tcp_segment.Plain) ?acknowledgement:given ~at length =
  let ack = match given with Some a -> a | None -> Some (acknowledgement w p) in
  w.send ~remote:p.remote
    {
      Tcp_segment.source_port = p.port;
      destination_port = 81;
      sequence = sequence at;
      acknowledgement = Option.map sequence ack;
      control;
      push = false;
      window = pick w windows;
      options = (if control = Syn then offers w else options w p);
    }
    (payload length)

let lengths = [| 1; 1; 10; 500; 1460; 1460; 9000 |]

let rec act w p =
  match random w 40 with
  | 0 | 1 | 2 -> send w p ~control:Syn ~acknowledgement:None ~at:(random w 0x3fff_ffff) 0
  | 3 -> send w p ~control:Fin ~at:p.next (pick w [| 0; 0; 100 |])
  | 4 -> send w p ~control:Fin ~at:(p.next + random w 60_000) 0
  | 5 when one_in w 3 -> send w p ~control:Reset ~at:p.next 0
  | 6 -> send w p ~control:Reset ~at:(p.next + random w 60_000) 0
  | 7 -> send w p ~at:(p.next - random w 5000) (pick w lengths)
  | 8 -> send w p ~at:(random w 0x3fff_ffff) (pick w lengths)
  | n when n < 16 -> send w p ~at:(p.next + random w 60_000) (pick w lengths)
  | n when n < 26 ->
      for _ = 0 to random w 12 do
        send w p ~at:p.next (pick w lengths)
      done
  | n when n < 30 ->
      for i = 1 to 1 + random w 60 do
        send w p ~at:(p.next + (2 * i)) 1
      done
  | 30 -> shake_hands w p
  | _ -> send w p ~at:p.next 0

and shake_hands w p =
  send w p ~control:Syn ~acknowledgement:None ~at:(random w 0x3fff_ffff) 0;
  w.turn ();
  send w p ~acknowledgement:(Some p.theirs) ~at:p.next 0

(* All of them at once, with segments of one kind: those which take most memory. *)
let fill w peers =
  let count, length, distance =
    pick w [| (12, 1460, 0); (60, 1, 0); (60, 1, 2); (40, 100, 200); (20, 1460, 1500) |]
  in
  let each p =
    let from = p.next in
    for i = 1 to count do
      let at = if distance = 0 then p.next else from + (distance * i) in
      send w p ~acknowledgement:(Some p.theirs) ~at length;
      if distance = 0 && i mod 4 = 0 then w.turn ()
    done
  in
  List.iter each peers

let say_little w p = send w p ~at:(p.next + random w 3) (random w 3)
