(* Which connections there are, what each waits for, and since when. Once a second all are
   looked at for timeouts. When there are too many, the one with the highest eviction
   score among some goes, so that those who only hold connections lose them first: slow
   headers, slow bodies and idleness cost a server nothing but room. *)

open Lwt.Infix

type phase = Idle | Header | Body | Busy | Writing | Lingering | Closing
type stop_reason = Close | Time_out | Reset

type client = {
  mutable phase : phase;
  mutable since : int;  (** the tick at which the phase began *)
  mutable since_event : int;
  mutable waited : int;  (** ticks that passed in waiting for this body *)
  mutable body_bytes : int;
  mutable is_served : bool;  (** or has been, once *)
  mutable stop : stop_reason Lwt.t * stop_reason Lwt.u;
  mutable stopped : bool;
  mutable index : int;  (** index in [clients], -1 once out of it *)
}

type t = {
  limits : Http_limits.t;
  mutable clients : client array;
  mutable count : int;  (** of them; the array has room for more *)
  mutable cursor : int;  (** by the last search for one to let go *)
  mutable closing : int;  (** of them *)
  mutable tick : int;  (** seconds, counted while anyone is connected *)
  mutable is_ticking : bool;
  mutable events : int;  (** phases that began, of all clients *)
  mutable reported_in : int;
}

let create limits =
  {
    limits;
    clients = [||];
    count = 0;
    cursor = 0;
    closing = 0;
    tick = 0;
    is_ticking = false;
    events = 0;
    reported_in = -1;
  }

let limits t = t.limits
let count t = t.count
let phase client = client.phase
let stop_reason client = fst client.stop
let is_stopped client = client.stopped || client.phase = Closing

let is_first_in_second t =
  let is_first = t.reported_in <> t.tick in
  t.reported_in <- t.tick;
  is_first

(* {1 Phases} *)

(* Closing has a time of its own, whatever stopped the client before. *)
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

let stop client stop_reason =
  if not client.stopped then (
    client.stopped <- true;
    Lwt.wakeup_later (snd client.stop) stop_reason)

(* {1 Who is there} *)

let put t client index =
  t.clients.(index) <- client;
  client.index <- index

let add t client =
  if t.count = Array.length t.clients then (
    let larger = Array.make (Int.max 8 (2 * t.count)) client in
    Array.blit t.clients 0 larger 0 t.count;
    t.clients <- larger);
  put t client t.count;
  t.count <- t.count + 1

(* The last one moves into the gap; the slots behind keep no dead client from
   the collector. *)
let remove t client =
  if client.index >= 0 then (
    t.count <- t.count - 1;
    if client.phase = Closing then t.closing <- t.closing - 1;
    let last = t.clients.(t.count) in
    put t last client.index;
    client.index <- -1;
    if t.count = 0 then t.clients <- [||] else t.clients.(t.count) <- t.clients.(0))

(* {1 Time} *)

let linger_s = 1
let allowance_s t client = client.body_bytes / t.limits.body_bytes_per_s

let check_timeout t client =
  let limits = t.limits and passed = t.tick - client.since in
  let after limit stop_reason = if passed > limit then stop client stop_reason in
  match client.phase with
  | Idle -> after limits.idle_s Close
  | Header -> after limits.header_s Time_out
  | Body ->
      client.waited <- client.waited + 1;
      if client.waited > limits.body_s + allowance_s t client then stop client Time_out
  | Writing -> after limits.write_s Reset
  | Lingering -> after linger_s Close
  | Closing -> after limits.close_s Reset
  | Busy -> ()

let second_ns = 1_000_000_000L

let rec tick t =
  Default_time.sleep_ns second_ns >>= fun () ->
  t.tick <- t.tick + 1;
  for index = 0 to t.count - 1 do
    check_timeout t t.clients.(index)
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
   within one by what else has happened since, as many may come and go in
   less. *)
let age t client =
  (10_000 * Int.max 0 (t.tick - client.since - 1)) + t.events - client.since_event

let is_behind t client = client.waited > allowance_s t client + linger_s

(* Who has been a burden longest goes first. Idleness weighs twice as much as a
   request that is on its way, and so does a peer that was never served. *)
let eviction_score t client =
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
let select_victim t ~is_eligible =
  let rec among left best =
    if left = 0 then best
    else (
      t.cursor <- (t.cursor + 1) mod t.count;
      let client = t.clients.(t.cursor) in
      match best with
      | _ when not (is_eligible client) -> among (left - 1) best
      | Some other when eviction_score t other >= eviction_score t client -> among (left - 1) best
      | Some _ | None -> among (left - 1) (Some client))
  in
  among (Int.min candidates_max t.count) None

(* A reset, but for idle ones: these see an orderly end, and may ask again. *)
let evict t ~is_eligible =
  match select_victim t ~is_eligible with
  | None -> false
  | Some client ->
      stop client (if client.phase = Idle then Close else Reset);
      true

let is_closing client = client.phase = Closing && not client.stopped
let is_serving client = client.phase <> Closing && client.phase <> Busy && not client.stopped

(* Those that are closing are few, and beside the others. *)
let has_room t =
  (t.closing <= t.limits.connections / 4 || evict t ~is_eligible:is_closing)
  && (t.count - t.closing < t.limits.connections || evict t ~is_eligible:is_serving)

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
        index = -1;
      }
    in
    add t client;
    start_ticking t;
    Some client
