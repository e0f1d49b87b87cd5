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
  val heard : t -> ns_addr -> bool -> unit
end

module Pure = struct
  type 'key query_state = { proto : proto; query : 'key Dns_client_query.t }

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

  let read state data =
    match message state.proto data with
    | None -> Ok `More
    | Some message ->
        (Dns_client_query.read state.query message
          :> ([ `More | _ Dns_client_query.answer ], _) result)

  let parse_response state data =
    match read state data with
    | Ok (`More | `Truncated) -> Ok `Partial
    | Ok ((`Data _ | `No_data _ | `No_domain _) as answer) -> Ok answer
    | Error (`Msg _) as e -> e
    | Error `Not_ours -> Error (`Msg "an answer to another question")
end

module Make_over (T : Servers) = struct
  type t = { transport : T.t; cache : Dns_client_cache.t }

  let ( >>= ) = T.bind

  let create ?(size = default_size) ?nameserver ?(timeout = default_timeout) stack =
    let transport = T.create ?nameserver ~timeout stack in
    { transport; cache = Dns_client_cache.create size }

  let nameserver t = T.nameserver t.transport

  let rec receive context state received =
    T.recv context >>= function
    | Error (`Msg why) -> T.lift (Error (`Msg why))
    | Ok data -> (
        let received =
          match state.Pure.proto with
          | `Udp -> data
          | `Tcp -> Cstruct.append received data
        in
        match Pure.read state received with
        | Ok `More | Error `Not_ours when state.proto = `Udp ->
            receive context state Cstruct.empty
        | Ok `More -> receive context state received
        | Error `Not_ours -> T.lift (Error (`Msg "an answer to another question"))
        | (Ok (`Data _ | `No_data _ | `No_domain _ | `Truncated) | Error (`Msg _)) as r ->
            T.lift
              (r :> ([ `More | _ Dns_client_query.answer ], [ `Msg of string ]) result))

  let ask_once t ((kind, _) as server) key name =
    let proto = match kind with `TCP -> `Tcp | `UDP -> `Udp in
    let wire, state = Pure.make_query T.rng proto name key in
    T.connect ~nameserver:server t.transport >>= function
    | Error (`Msg why) -> T.lift (Error (`Msg why))
    | Ok context -> (
        T.send context wire >>= function
        | Error (`Msg why) -> T.close context >>= fun () -> T.lift (Error (`Msg why))
        | Ok () ->
            receive context state Cstruct.empty >>= fun answer ->
            T.close context >>= fun () -> T.lift answer)

  let rec ask t ((kind, address) as server) ~attempts key name =
    ask_once t server key name >>= function
    | Ok `Truncated when kind = `UDP -> ask t (`TCP, address) ~attempts:1 key name
    | Error (`Msg _) when attempts > 1 -> ask t server ~attempts:(attempts - 1) key name
    | answer -> T.lift answer

  let attempts_of (kind, _) = match kind with `UDP -> udp_attempts | `TCP -> 1

  (* The next server is asked where one has no answer, not where it says that there is none. *)
  let rec ask_each t key name = function
    | [] -> T.lift (Error (`Msg "no name server is known"))
    | server :: others -> (
        ask t server ~attempts:(attempts_of server) key name >>= fun answer ->
        T.heard t.transport server (Result.is_ok answer);
        match answer with
        | Error (`Msg _) when others <> [] -> ask_each t key name others
        | answer -> T.lift answer)

  let servers t = function
    | Some server -> [ server ]
    | None -> T.nameservers t.transport

  let get_resource_record t ?nameserver:server key name =
    let raw = Domain_name.raw name in
    match Dns_client_cache.find t.cache ~now:(T.clock ()) key raw with
    | Some value -> T.lift (Ok value)
    | None -> (
        ask_each t key name (servers t server) >>= fun answer ->
        T.lift
        @@
        match answer with
        | Ok (`Data value) ->
            Dns_client_cache.add t.cache ~now:(T.clock ()) key raw value;
            Ok value
        | Ok (`No_data _ as e) | Ok (`No_domain _ as e) -> Error e
        | Ok (`Truncated | `More) -> Error (`Msg "the answer is cut off")
        | Error (`Msg why) -> Error (`Msg why))

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
  let heard _ _ _ = ()
end

module Make (T : S) = Make_over (Fixed (T))
