(* A stub resolver over any transport (RFC 1034, section 5.3.1). A question goes through:
   the cache; a question like it that is being asked already; the servers in rounds; and
   from UDP to TCP where an answer was truncated (RFC 7766, section 5). What came of it,
   a failure too, is cached for its time to live. *)

open Dns

let default_resolver = "91.239.100.100"
let udp_attempts = 3
let default_timeout = Duration.of_sec 5
let default_size = 32

module type S = sig
  type context
  type +'a io
  type io_addr
  type ns_addr = [ `TCP | `UDP ] * io_addr
  type stack
  type t

  val create : ?nameserver:ns_addr -> timeout:int64 -> stack -> t
  val nameserver : t -> ns_addr
  val rng : int -> Cstruct.t
  val clock : unit -> int64
  val connect : ?nameserver:ns_addr -> t -> (context, [> `Msg of string ]) result io
  val send : context -> Cstruct.t -> (unit, [> `Msg of string ]) result io
  val recv : context -> (Cstruct.t, [> `Msg of string ]) result io
  val close : context -> unit io
  val bind : 'a io -> ('a -> 'b io) -> 'b io
  val lift : 'a -> 'a io
end

module type Servers = sig
  include S

  val nameservers : t -> ns_addr list
  val note_answer : t -> ns_addr -> bool -> unit
  val attempt : t -> ns_addr -> int -> (context, [> `Msg of string ]) result io

  val coalesce :
    t ->
    string ->
    (unit -> ('a, ([> `Msg of string ] as 'e)) result io) ->
    ('a, 'e) result io
end

module Pure = struct
  type 'key query_state = { proto : proto; query : 'response Dns_client_query.t }
    constraint 'key = 'response Rr_map.key

  (* Over TCP a message follows its length (RFC 1035, section 4.2.2). *)
  let with_length message =
    let length = Cstruct.create 2 in
    Cstruct.BE.set_uint16 length 0 (Cstruct.length message);
    Cstruct.append length message

  let make_query rng proto name key =
    let id = Cstruct.BE.get_uint16 (rng 2) 0 in
    let message, query = Dns_client_query.make ~id name key in
    let wire = match proto with `Udp -> message | `Tcp -> with_length message in
    (wire, { proto; query })

  (* The message, once all of it is there. *)
  let message proto data =
    match proto with
    | `Udp -> Some data
    | `Tcp when Cstruct.length data < 2 -> None
    | `Tcp ->
        let length = Cstruct.BE.get_uint16 data 0 in
        if Cstruct.length data < 2 + length then None
        else Some (Cstruct.sub data 2 length)

  let parse_response state data =
    match message state.proto data with
    | None -> Ok `Partial
    | Some message -> (
        match Dns_client_query.read state.query message with
        | Ok (`Truncated, _) -> Ok `Partial
        | Ok (((`Data _ | `No_data _ | `No_domain _) as answer), _) -> Ok answer
        | Ok (`Alias name, _) ->
            Error (`Msg (Fmt.str "an alias of %a, which it does not tell of" Domain_name.pp name))
        | Error (`Msg _) as e -> e
        | Error `Not_ours -> Error (`Msg "an answer to another question"))
end

module Make_over (T : Servers) = struct
  type t = { transport : T.t; cache : Dns_client_cache.t }

  let ( >>= ) = T.bind
  let fail why = T.lift (Error (`Msg why))

  let create ?(size = default_size) ?nameserver ?(timeout = default_timeout) stack =
    let transport = T.create ?nameserver ~timeout stack in
    { transport; cache = Dns_client_cache.create size }

  let nameserver t = T.nameserver t.transport

  (* {2 One server} *)

  (* Anybody can send to the port: what is not this question's answer is passed over, and
     the waiting goes on until the timeout. *)
  let rec receive_udp context query =
    T.recv context >>= function
    | Error (`Msg why) -> fail why
    | Ok message -> (
        match Dns_client_query.read query message with
        | Error `Not_ours -> receive_udp context query
        | Error (`Msg why) -> fail why
        | Ok (answer, ttl_s) -> T.lift (Ok (answer, ttl_s, Cstruct.length message)))

  (* What else the server sends over the connection is passed over, a few times. *)
  let rec receive_tcp context query stream ~left =
    match Dns_client_stream.next stream with
    | Some message -> (
        match Dns_client_query.read query message with
        | Error `Not_ours when left > 0 -> receive_tcp context query stream ~left:(left - 1)
        | Error `Not_ours -> fail "answers to other questions"
        | Error (`Msg why) -> fail why
        | Ok (answer, ttl_s) -> T.lift (Ok (answer, ttl_s, Cstruct.length message)))
    | None -> (
        T.recv context >>= function
        | Error (`Msg why) -> fail why
        | Ok piece ->
            Dns_client_stream.add stream piece;
            receive_tcp context query stream ~left)

  let max_unrelated = 16

  let exchange context (wire, state) =
    T.send context wire >>= function
    | Error (`Msg why) -> fail why
    | Ok () -> (
        match state.Pure.proto with
        | `Udp -> receive_udp context state.query
        | `Tcp ->
            receive_tcp context state.query (Dns_client_stream.create ()) ~left:max_unrelated)

  let ask_once t ((kind, _) as server) ~number key name =
    let proto = match kind with `TCP -> `Tcp | `UDP -> `Udp in
    T.attempt t.transport server number >>= function
    | Error (`Msg why) -> fail why
    | Ok context ->
        exchange context (Pure.make_query T.rng proto name key) >>= fun answer ->
        T.close context >>= fun () -> T.lift answer

  let ask t ((kind, address) as server) ~number key name =
    ask_once t server ~number key name >>= function
    | Ok (`Truncated, _, _) when kind = `UDP ->
        ask_once t (`TCP, address) ~number:(number + 1) key name
    | answer -> T.lift answer

  (* {2 All of them}

     In rounds, each with more patience than the one before (RFC 1035, section
     4.2.1): a server that does not answer, or not in words, keeps nobody waiting
     for the next one, and is asked again in the next round. *)

  let usable = function
    | Ok (`Truncated, _, _) -> Error (`Msg "the answer is cut off")
    | Ok ((`Data _ | `No_data _ | `No_domain _ | `Alias _) as answer, ttl_s, bytes) ->
        Ok (answer, ttl_s, bytes)
    | Error (`Msg why) -> Error (`Msg why)

  let rec ask_round t key name ~number ~failure = function
    | [] -> T.lift failure
    | server :: others -> (
        ask t server ~number key name >>= fun answer ->
        let answer = usable answer in
        T.note_answer t.transport server (Result.is_ok answer);
        match answer with
        | Ok _ -> T.lift answer
        | Error _ -> ask_round t key name ~number ~failure:answer others)

  (* TCP repeats by itself: one round is enough. *)
  let is_asked_in number (kind, _) = kind = `UDP || number = 0

  let rec ask_rounds t key name servers ~number ~failure =
    match List.filter (is_asked_in number) servers with
    | [] -> T.lift failure
    | _ when number = udp_attempts -> T.lift failure
    | asked -> (
        ask_round t key name ~number ~failure asked >>= function
        | Ok _ as answer -> T.lift answer
        | Error _ as failure ->
            ask_rounds t key name servers ~number:(number + 1) ~failure)

  let servers t = function
    | Some server -> [ server ]
    | None -> T.nameservers t.transport

  (* {2 What is known} *)

  let failure_s = 2
  let aliases_max = 8

  type 'a resolved = { outcome : 'a Dns_client_cache.outcome; ttl_s : int; bytes : int }

  let failure_of why = { outcome = Failed why; ttl_s = failure_s; bytes = String.length why }

  (* An alias whose own records did not come with it is asked for. *)
  let rec resolve t server key name ~aliases_left =
    ask_rounds t key name (servers t server) ~number:0
      ~failure:(Error (`Msg "no name server is known"))
    >>= function
    | Error (`Msg why) -> T.lift (failure_of why)
    | Ok (`Data value, ttl_s, bytes) -> T.lift { outcome = Data value; ttl_s; bytes }
    | Ok (`No_data (zone, soa), ttl_s, bytes) ->
        T.lift { outcome = No_data (zone, soa); ttl_s; bytes }
    | Ok (`No_domain (zone, soa), ttl_s, bytes) ->
        T.lift { outcome = No_domain (zone, soa); ttl_s; bytes }
    | Ok (`Alias _, _, _) when aliases_left = 0 ->
        T.lift (failure_of "aliases of aliases, and no end of them")
    | Ok (`Alias alias, ttl_s, _) ->
        resolve t server key alias ~aliases_left:(aliases_left - 1) >>= fun resolved ->
        T.lift { resolved with ttl_s = Int.min ttl_s resolved.ttl_s }

  let find t ~since ~scope key name =
    Dns_client_cache.find t.cache ~now:(T.clock ()) ~since ~scope key name

  (* Equal questions wait for the one that is asked, and have its answer. *)
  let look_up t server key name =
    let scope = Hashtbl.hash server and since = T.clock () in
    match find t ~since ~scope key name with
    | Some outcome -> T.lift (Ok outcome)
    | None ->
        let label = Fmt.str "%d %d %s" (Rr_map.kind key) scope Domain_name.(to_string (canonical name)) in
        T.coalesce t.transport label (fun () ->
            match find t ~since ~scope key name with
            | Some outcome -> T.lift (Ok outcome)
            | None ->
                resolve t server key name ~aliases_left:aliases_max
                >>= fun { outcome; ttl_s; bytes } ->
                Dns_client_cache.add t.cache ~now:(T.clock ()) ~ttl_s ~bytes ~scope key name
                  outcome;
                T.lift (Ok outcome))

  let get_resource_record t ?nameserver:server key name =
    look_up t server key (Domain_name.raw name) >>= fun outcome ->
    T.lift
    @@
    match outcome with
    | Ok (Dns_client_cache.Data value) -> Ok value
    | Ok (No_data (zone, soa)) -> Error (`No_data (zone, soa))
    | Ok (No_domain (zone, soa)) -> Error (`No_domain (zone, soa))
    | Ok (Failed why) | Error (`Msg why) -> Error (`Msg why)

  let getaddrinfo t ?nameserver key name =
    get_resource_record t ?nameserver key name >>= fun answer ->
    T.lift
    @@
    match answer with
    | Ok value -> Ok value
    | Error (`Msg why) -> Error (`Msg why)
    | Error (`No_data _) ->
        Error (`Msg (Fmt.str "%a has no record of this type" Domain_name.pp name))
    | Error (`No_domain _) ->
        Error (`Msg (Fmt.str "there is no domain %a" Domain_name.pp name))

  let gethostbyname t ?nameserver host =
    getaddrinfo t ?nameserver Rr_map.A host >>= fun answer ->
    T.lift (Result.map (fun (_, ips) -> Rr_map.Ipv4_set.choose ips) answer)

  let gethostbyname6 t ?nameserver host =
    getaddrinfo t ?nameserver Rr_map.Aaaa host >>= fun answer ->
    T.lift (Result.map (fun (_, ips) -> Rr_map.Ipv6_set.choose ips) answer)
end

module Fixed (T : S) = struct
  include T

  let nameservers t = [ nameserver t ]
  let note_answer _ _ _ = ()
  let attempt t nameserver _ = connect ~nameserver t
  let coalesce _ _ ask = ask ()
end

module Make (T : S) = Make_over (Fixed (T))
