(* The Lwt shell of {!Happy_eyeballs}. Promises resolve while others are being set up, so
   events are queued and handled one at a time: the core never sees one in the middle of
   another's actions. *)

open Lwt.Infix
module Core = Happy_eyeballs

type getaddrinfo =
  [ `A | `AAAA ] ->
  [ `host ] Domain_name.t ->
  (Ipaddr.Set.t, [ `Msg of string ]) result Lwt.t

module Make
    (Time : Mirage_time.S)
    (Clock : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) =
struct
  type flow = S.TCP.flow

  type t = {
    stack : S.t;
    config : Core.config;
    mutable getaddrinfo : getaddrinfo;
  }

  let no_names _ name =
    Lwt.return_error (`Msg (Fmt.str "nobody knows the name %a" Domain_name.pp name))

  let create ?(happy_eyeballs = Core.default) ?(getaddrinfo = no_names) stack =
    { stack; config = happy_eyeballs; getaddrinfo }

  let inject t getaddrinfo = t.getaddrinfo <- getaddrinfo

  (* {2 One race} *)

  type attempt_state =
    | Connecting of (flow, S.TCP.error) result Lwt.t
    | Is_connected of flow

  type race = {
    owner : t;
    resolve : Core.family -> (Ipaddr.t list, string) result Lwt.t;
    mutable core : Core.t;
    events : Core.event Queue.t;
    mutable is_busy : bool;
    attempts : (Core.attempt, attempt_state) Hashtbl.t;
    mutable resolving : unit Lwt.t list;
    mutable timer : unit Lwt.t;
    outcome : ((Ipaddr.t * int) * flow, string) result Lwt.u;
  }

  let now = Clock.elapsed_ns

  (* Closing waits for the peer's end, and nobody needs that. *)
  let close_attempt race id =
    match Hashtbl.find_opt race.attempts id with
    | None -> ()
    | Some attempt_state -> (
        Hashtbl.remove race.attempts id;
        match attempt_state with
        | Connecting promise -> Lwt.cancel promise
        | Is_connected flow -> Lwt.async (fun () -> S.TCP.close flow))

  (* Everything that could still post an event is cancelled. *)
  let stop race =
    Lwt.cancel race.timer;
    List.iter Lwt.cancel race.resolving

  let finish race outcome =
    stop race;
    Lwt.wakeup_later race.outcome outcome

  let finish_won race id target =
    match Hashtbl.find_opt race.attempts id with
    | Some (Is_connected flow) ->
        Hashtbl.remove race.attempts id;
        finish race (Ok (target, flow))
    | Some (Connecting _) | None -> finish race (Error "the connection is gone")

  (* What happens while an event is dealt with waits for its turn. *)
  let rec post_event race event =
    Queue.add event race.events;
    if not race.is_busy then begin
      race.is_busy <- true;
      process_events race;
      race.is_busy <- false;
      set_timer race
    end

  and process_events race =
    match Queue.take_opt race.events with
    | None -> ()
    | Some event ->
        let core, actions = Core.handle race.core ~now:(now ()) event in
        race.core <- core;
        List.iter (perform race) actions;
        process_events race

  and perform race = function
    | Core.Resolve family -> resolve race family
    | Connect (id, target) -> connect_to race id target
    | Close id -> close_attempt race id
    | Won (id, target) -> finish_won race id target
    | Lost why -> finish race (Error why)

  and resolve race family =
    let ask () = race.resolve family in
    let failed e = Lwt.return_error (Printexc.to_string e) in
    let resolved = Lwt.catch ask failed >|= fun ips -> post_event race (Resolved (family, ips)) in
    Lwt.on_failure resolved ignore;
    race.resolving <- resolved :: race.resolving

  and connect_to race id target =
    let connecting = S.TCP.create_connection (S.tcp race.owner.stack) target in
    Hashtbl.replace race.attempts id (Connecting connecting);
    let failed why =
      Hashtbl.remove race.attempts id;
      post_event race (Failed (id, why))
    in
    Lwt.on_any connecting
      (function
        | Ok flow ->
            Hashtbl.replace race.attempts id (Is_connected flow);
            post_event race (Connected id)
        | Error e -> failed (Fmt.str "%a" S.TCP.pp_error e))
      (function Lwt.Canceled -> () | e -> failed (Printexc.to_string e))

  and set_timer race =
    Lwt.cancel race.timer;
    match Core.deadline race.core with
    | None -> ()
    | Some at ->
        let wait = Int64.max 0L (Int64.sub at (now ())) in
        race.timer <- Time.sleep_ns wait;
        Lwt.on_success race.timer (fun () -> post_event race Tick)

  let run t (core, actions) resolve =
    let result, outcome = Lwt.task () in
    let race =
      {
        owner = t;
        resolve;
        core;
        events = Queue.create ();
        is_busy = true;
        attempts = Hashtbl.create 7;
        resolving = [];
        timer = Lwt.return_unit;
        outcome;
      }
    in
    Lwt.on_cancel result (fun () ->
        post_event race Cancel;
        stop race);
    List.iter (perform race) actions;
    process_events race;
    race.is_busy <- false;
    set_timer race;
    result >|= Result.map_error (fun why -> `Msg why)

  (* {2 Names} *)

  let is_reachable t dst = Reachable.from ~src:(S.IP.src (S.ip t.stack) ~dst) dst

  let family = function Ipaddr.V4 _ -> Core.V4 | V6 _ -> V6
  let is_link_local = function Ipaddr.V4 _ -> false | V6 ip -> Ipaddr.V6.scope ip = Link

  (* What is asked for is what the stack could connect to. *)
  let has_family t wanted =
    let serves ip = family ip = wanted && is_reachable t ip && not (is_link_local ip) in
    List.exists serves (S.IP.get_ip (S.ip t.stack))

  let family_name = function Core.V4 -> "IPv4" | V6 -> "IPv6"
  let kind = function Core.V4 -> `A | V6 -> `AAAA

  let addresses t name wanted =
    if not (has_family t wanted) then
      Lwt.return_error ("there is no " ^ family_name wanted ^ " here")
    else
      t.getaddrinfo (kind wanted) name >|= function
      | Error (`Msg why) -> Error why
      | Ok ips -> (
          match List.filter (is_reachable t) (Ipaddr.Set.elements ips) with
          | [] -> Error (Fmt.str "%s: no address that can be reached" (family_name wanted))
          | ips -> Ok ips)

  let widen = function Ok won -> Ok won | Error (`Msg why) -> Error (`Msg why)

  let connect_resolved t resolve ports =
    run t (Core.by_name t.config ~now:(now ()) ports) resolve >|= widen

  let connect_host t name ports =
    connect_resolved t (addresses t name) ports >|= function
    | Ok won -> Ok won
    | Error (`Msg why) ->
        Error (`Msg (Fmt.str "no connection to %a: %s" Domain_name.pp name why))

  let connect_ip t targets =
    let nobody _ = Lwt.return_ok [] in
    run t (Core.to_targets t.config ~now:(now ()) targets) nobody >|= widen

  let connect t host ports =
    match Ipaddr.of_string host with
    | Ok ip -> connect_ip t (List.map (fun port -> (ip, port)) ports)
    | Error _ -> (
        match Result.bind (Domain_name.of_string host) Domain_name.host with
        | Ok name -> connect_host t name ports
        | Error (`Msg why) -> Lwt.return_error (`Msg why))
end
