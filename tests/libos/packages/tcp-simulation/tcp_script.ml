type sent = { segment : Tcp_segment.t; payload : string }
type t = { tcb : Tcp_connection.t; mutable now : int }

let ours = Tcp_sequence.of_int 0xffff_ff00
let theirs = Tcp_sequence.of_int 0xffff_ff80
let plain = { Tcp_segment.no_options with mss = Some 1000 }

let modern =
  {
    Tcp_segment.mss = Some 1012;
    window_shift = Some 7;
    sack_permitted = true;
    timestamps = Some { value = 1000; echo = 0 };
    sack = [];
  }

let collect act =
  let sent = ref [] in
  act (fun segment payload ~length:_ ~unit_size:_ ->
      sent := { segment; payload = Cstruct.copyv payload } :: !sent);
  List.rev !sent

let flush t = collect (Tcp_connection.flush t.tcb ~now:t.now)

let wait t ns =
  let stop = t.now + ns in
  let rec run emit =
    let due = Tcp_connection.deadline t.tcb in
    if due <= stop then begin
      t.now <- max t.now due;
      Tcp_connection.expire t.tcb ~now:t.now emit;
      Tcp_connection.flush t.tcb ~now:t.now emit;
      run emit
    end
  in
  let sent = collect run in
  t.now <- stop;
  sent

let absolute base n = Tcp_sequence.(add base (of_int n))
let stamps t options =
  match (options : Tcp_segment.options).timestamps with
  | None -> options
  | Some { echo; _ } ->
      let value = 1000 + (t.now / 1_000_000) in
      { options with timestamps = Some { value; echo } }

let peer t ?(control = Tcp_segment.Plain) ?(seq = 1) ?ack ?(window = 0xffff)
    ?(options = Tcp_segment.no_options) payload =
  let segment =
    {
      Tcp_segment.source_port = 80;
      destination_port = 4000;
      sequence = absolute theirs seq;
      acknowledgement = Option.map (absolute ours) ack;
      control;
      push = false;
      window;
      options = stamps t options;
    }
  in
  let payload = Cstruct.of_string payload in
  let unit_size = Cstruct.length payload in
  Tcp_connection.input t.tcb ~now:t.now ~unit_size segment payload

let unlimited () =
  let received = Tcp_budget.create max_int in
  { Tcp_tcb.received; written = Tcp_budget.create max_int }

let syn_sent_with config budgets =
  let tcb =
    Tcp_connection.connect config budgets ~now:0 ~local_port:4000
      ~remote_port:80 ~local_mss:1000 ~tso_max:0 ~iss:ours ~ts_offset:0
  in
  let t = { tcb; now = 0 } in
  ignore (flush t : sent list);
  t

let syn_sent ?(config = Tcp_config.default) () = syn_sent_with config (unlimited ())

let answered t options =
  t.now <- 10_000_000;
  ignore (peer t ~control:Syn ~seq:0 ~ack:1 ~options "" : Tcp_input.outcome);
  ignore (flush t : sent list);
  t

let established ?config ?(options = plain) () = answered (syn_sent ?config ()) options
let established_with config budgets = answered (syn_sent_with config budgets) modern

let accepted ?(config = Tcp_config.default) () =
  let syn =
    {
      Tcp_segment.source_port = 80;
      destination_port = 4000;
      sequence = theirs;
      acknowledgement = None;
      control = Syn;
      push = false;
      window = 0xffff;
      options = plain;
    }
  in
  let tcb =
    Tcp_connection.accept config (unlimited ()) ~now:0 ~local_mss:1000
      ~tso_max:0 ~iss:ours ~ts_offset:0 syn
  in
  let t = { tcb; now = 0 } in
  ignore (flush t : sent list);
  t

let write t text = Tcp_connection.write t.tcb [ Cstruct.of_string text ]

let close t = Tcp_connection.close t.tcb ~now:t.now

let read t =
  let rec go pieces =
    match Tcp_connection.read t.tcb ~now:t.now with
    | None -> String.concat "" (List.rev pieces)
    | Some data -> go (Cstruct.to_string data :: pieces)
  in
  go []

let seq _ s = Tcp_sequence.difference s.segment.sequence ours

let ack _ s =
  match s.segment.acknowledgement with
  | None -> -1
  | Some n -> Tcp_sequence.difference n theirs

let sack _ s =
  let relative n = Tcp_sequence.difference n theirs in
  List.map (fun (l, r) -> (relative l, relative r)) s.segment.options.sack

let tcb t = t.tcb

let sent_until t =
  Tcp_sequence.(difference (of_int t.tcb.nxt) ours)

let received_until t =
  let next = Tcp_receive.next t.tcb.receive in
  Tcp_sequence.(difference (of_int next) theirs)

let our_block left right = (absolute ours left, absolute ours right)

let expect_state t state =
  let show = Format.asprintf "%a" Tcp_state.pp in
  Case.equal show "state" state (Tcp_connection.state t.tcb)

let describe sent =
  let one s =
    Format.asprintf "[%a, %d bytes]" Tcp_segment.pp s.segment
      (String.length s.payload)
  in
  String.concat " " (List.map one sent)

let expect_one what = function
  | [ s ] -> s
  | sent -> failwith (what ^ ": expected one segment, found " ^ describe sent)

let expect_none what = function
  | [] -> ()
  | sent -> failwith (what ^ ": expected none, found " ^ describe sent)
