open Lwt.Infix

type phase = Idle | Header | Body | Busy | Writing | Lingering | Closing
type verdict = Close | Time_out | Reset

type client = {
  mutable phase : phase;
  mutable since : int;  (** the tick at which the phase began *)
  mutable since_event : int;
  mutable waited : int;  (** ticks that passed in waiting for this body *)
  mutable body_bytes : int;
  mutable is_served : bool;  (** or has been, once *)
  mutable stop : verdict Lwt.t * verdict Lwt.u;
  mutable stopped : bool;
  mutable place : int;  (** index in [clients], -1 once out of it *)
}

type t = {
  limits : Http_limits.t;
  mutable clients : client array;
  mutable count : int;  (** of them; the array has room for more *)
  mutable looked_at : int;  (** by the last search for one to let go *)
  mutable closing : int;  (** of them *)
  mutable tick : int;  (** seconds, counted while anyone is connected *)
  mutable is_ticking : bool;
  mutable events : int;  (** phases that began, of all clients *)
  mutable asked_in : int;
}

let create limits =
  {
    limits;
    clients = [||];
    count = 0;
    looked_at = 0;
    closing = 0;
    tick = 0;
    is_ticking = false;
    events = 0;
    asked_in = -1;
  }

let limits t = t.limits
let count t = t.count
let phase client = client.phase
let verdict client = fst client.stop
let is_stopped client = client.stopped || client.phase = Closing

let is_first_in_second t =
  let is_first = t.asked_in <> t.tick in
  t.asked_in <- t.tick;
  is_first

(* {1 Phases} *)

let enter t client phase =
  client.phase <- phase;
  client.since <- t.tick;
  t.events <- t.events + 1;
  client.since_event <- t.events;
  if phase = Busy then client.is_served <- true;
  if phase = Closing then (
    t.closing <- t.closing + 1;
    if client.stopped then (
      client.stop <- Lwt.wait ();
      client.stopped <- false))

let body_begins client =
  client.waited <- 0;
  client.body_bytes <- 0

let body_came client bytes = client.body_bytes <- client.body_bytes + bytes

let stop client verdict =
  if not client.stopped then (
    client.stopped <- true;
    Lwt.wakeup_later (snd client.stop) verdict)

(* {1 Who is there} *)

let put t client place =
  t.clients.(place) <- client;
  client.place <- place

let add t client =
  if t.count = Array.length t.clients then (
    let larger = Array.make (Int.max 8 (2 * t.count)) client in
    Array.blit t.clients 0 larger 0 t.count;
    t.clients <- larger);
  put t client t.count;
  t.count <- t.count + 1

(* The last one moves into the gap; the slots behind keep no dead client from
   the collector. *)
let leave t client =
  if client.place >= 0 then (
    t.count <- t.count - 1;
    if client.phase = Closing then t.closing <- t.closing - 1;
    let last = t.clients.(t.count) in
    put t last client.place;
    client.place <- -1;
    if t.count = 0 then t.clients <- [||] else t.clients.(t.count) <- t.clients.(0))

(* {1 Time} *)

let linger_s = 1
let granted_s t client = client.body_bytes / t.limits.body_bytes_per_s

let judge t client =
  let limits = t.limits and passed = t.tick - client.since in
  let after limit verdict = if passed > limit then stop client verdict in
  match client.phase with
  | Idle -> after limits.idle_s Close
  | Header -> after limits.header_s Time_out
  | Body ->
      client.waited <- client.waited + 1;
      if client.waited > limits.body_s + granted_s t client then stop client Time_out
  | Writing -> after limits.write_s Reset
  | Lingering -> after linger_s Close
  | Closing -> after limits.close_s Reset
  | Busy -> ()

let second_ns = 1_000_000_000L

let rec tick t =
  Default_time.sleep_ns second_ns >>= fun () ->
  t.tick <- t.tick + 1;
  for place = 0 to t.count - 1 do
    judge t t.clients.(place)
  done;
  if t.count > 0 then tick t
  else (
    t.is_ticking <- false;
    Lwt.return_unit)

let start_ticking t =
  if not t.is_ticking then (
    t.is_ticking <- true;
    Lwt.async (fun () -> tick t))

(* {1 Room} *)

(* How long ago its phase began: in whole seconds that have surely passed, and
   within one by what else has happened since, as a crowd may come and go in
   less. *)
let age t client =
  (10_000 * Int.max 0 (t.tick - client.since - 1)) + t.events - client.since_event

let is_behind t client = client.waited > granted_s t client + linger_s

(* Who has been a burden longest goes first. Idleness weighs twice as much as a
   request that is on its way, and so does a peer that was never served. *)
let burden t client =
  let own =
    match client.phase with
    | Lingering -> max_int / 8
    | Body when is_behind t client -> max_int / 8
    | Idle -> 2 * age t client
    | Header | Body | Busy | Writing | Closing -> age t client
  in
  if client.is_served then own else 2 * own

let candidates_max = 256

(* The first to go among those that nobody has looked at for longest. *)
let first_to_go t ~may_go =
  let rec among left best =
    if left = 0 then best
    else (
      t.looked_at <- (t.looked_at + 1) mod t.count;
      let client = t.clients.(t.looked_at) in
      match best with
      | _ when not (may_go client) -> among (left - 1) best
      | Some other when burden t other >= burden t client -> among (left - 1) best
      | Some _ | None -> among (left - 1) (Some client))
  in
  among (Int.min candidates_max t.count) None

let let_go t ~may_go =
  match first_to_go t ~may_go with
  | None -> false
  | Some client ->
      stop client (if client.phase = Idle then Close else Reset);
      true

let is_closing client = client.phase = Closing && not client.stopped
let is_serving client = client.phase <> Closing && client.phase <> Busy && not client.stopped

(* Those that are closing are few, and beside the others. *)
let has_room t =
  (t.closing <= t.limits.connections / 4 || let_go t ~may_go:is_closing)
  && (t.count - t.closing < t.limits.connections || let_go t ~may_go:is_serving)

let admit t =
  if not (has_room t) then None
  else
    let client =
      {
        phase = Idle;
        since = t.tick;
        since_event = t.events;
        waited = 0;
        body_bytes = 0;
        is_served = false;
        stop = Lwt.wait ();
        stopped = false;
        place = -1;
      }
    in
    add t client;
    start_ticking t;
    Some client
