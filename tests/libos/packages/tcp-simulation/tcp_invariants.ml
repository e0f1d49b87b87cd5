let require what condition = if not condition then failwith ("invariant: " ^ what)

type sums = { in_flight : int; lost : int; sacked : int; stop : int }

(* Chunks follow each other from una to nxt without gaps, and the counters
   agree with them. *)
let flight (c : Tcp_tcb.t) =
  let sums = ref { in_flight = 0; lost = 0; sacked = 0; stop = c.una } in
  Tcp_scoreboard.iter c.scoreboard (fun chunk ->
      let s = !sums in
      require "chunks are consecutive" (chunk.start = s.stop);
      require "chunks are not empty" (chunk.stop > chunk.start);
      let bytes = chunk.stop - chunk.start in
      let s = { s with stop = chunk.stop } in
      (sums :=
         match chunk.status with
         | In_flight -> { s with in_flight = s.in_flight + bytes }
         | Lost -> { s with lost = s.lost + bytes }
         | Sacked -> { s with sacked = s.sacked + bytes });
      `Continue);
  let s = !sums in
  require "chunks end at nxt" (s.stop = c.nxt);
  require "bytes in flight" (s.in_flight = Tcp_scoreboard.in_flight c.scoreboard);
  require "bytes lost" (s.lost = Tcp_scoreboard.lost c.scoreboard);
  require "bytes sacked" (s.sacked = Tcp_scoreboard.sacked c.scoreboard)

let sending (c : Tcp_tcb.t) =
  require "una <= nxt" (c.una <= c.nxt);
  require "nxt <= end of stream and FIN" (c.nxt <= Tcp_tcb.stream_end c + 1);
  require "the queue begins at una"
    (Tcp_send_queue.head c.queue = max c.una (c.iss + 1)
     || c.una > Tcp_send_queue.tail c.queue);
  require "congestion window" (Tcp_congestion.window c.congestion >= c.mss);
  flight c

let receiving (c : Tcp_tcb.t) =
  let r = c.receive in
  let next = Tcp_receive.next r in
  require "the window does not end before it begins" (Tcp_receive.edge r >= next);
  require "unread data is bounded"
    (Tcp_receive.unread r <= c.config.receive_buffer_max + (1 lsl 14))

let timers (c : Tcp_tcb.t) =
  let flying = not (Tcp_scoreboard.is_empty c.scoreboard) in
  require "the timer runs while something is in flight"
    ((not flying) || c.retransmit_at < Tcp_tcb.never)

let check (c : Tcp_tcb.t) =
  if c.state <> Closed then begin
    sending c;
    receiving c;
    if c.state <> Time_wait && not c.backpressured then timers c
  end
