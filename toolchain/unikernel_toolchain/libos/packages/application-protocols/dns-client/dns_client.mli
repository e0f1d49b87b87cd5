(** A client of recursive DNS resolvers. *)

val default_resolver : string
(** The address asked when none is given. *)

val udp_attempts : int
(** How often a server is asked a question over UDP; each time waits twice as
    long as the one before, all of them the timeout. *)

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
  (** Over TCP any piece of the stream, over UDP one message. *)

  val close : context -> unit io
  val bind : 'a io -> ('a -> 'b io) -> 'b io
  val lift : 'a -> 'a io
end

(** A transport that knows which servers to ask. *)
module type Servers = sig
  include S

  val nameservers : t -> ns_addr list
  (** Those of this moment, in the order in which to ask them: the next when one
      does not answer, or refuses. *)

  val note_answer : t -> ns_addr -> bool -> unit
  (** Whether this one has answered. *)

  val attempt : t -> ns_addr -> int -> (context, [> `Msg of string ]) result io
  (** {!S.connect} for the attempt of this number, from 0 on, at one question:
      each has its own time. Over TCP, 0 is for a server that is asked so from
      the first, and [n + 1] for what the [n]th over UDP had no room for. *)

  val coalesce :
    t ->
    string ->
    (unit -> ('a, ([> `Msg of string ] as 'e)) result io) ->
    ('a, 'e) result io
    (** Asks when nobody else asks what has this name; fails at once when too
        much is asked. Whoever asked may go away meanwhile. *)
end

module Make_over (T : Servers) : sig
  type t

  val create : ?size:int -> ?nameserver:T.ns_addr -> ?timeout:int64 -> T.stack -> t
  (** [size] answers are kept (default 32), of a bounded size together;
      [timeout] in ns is what connecting to one server and asking it may take
      together (default 5 s). *)

  val nameserver : t -> T.ns_addr

  val getaddrinfo :
    t ->
    ?nameserver:T.ns_addr ->
    'response Dns.Rr_map.key ->
    'a Domain_name.t ->
    ('response, [> `Msg of string ]) result T.io

  val gethostbyname :
    t ->
    ?nameserver:T.ns_addr ->
    [ `host ] Domain_name.t ->
    (Ipaddr.V4.t, [> `Msg of string ]) result T.io

  val gethostbyname6 :
    t ->
    ?nameserver:T.ns_addr ->
    [ `host ] Domain_name.t ->
    (Ipaddr.V6.t, [> `Msg of string ]) result T.io

  val get_resource_record :
    t ->
    ?nameserver:T.ns_addr ->
    'response Dns.Rr_map.key ->
    'a Domain_name.t ->
    ( 'response,
      [> `Msg of string
      | `No_data of [ `raw ] Domain_name.t * Dns.Soa.t
      | `No_domain of [ `raw ] Domain_name.t * Dns.Soa.t ] )
      result
      T.io
      (** Answers are kept for their time to live, a day at most; that there is none
          for as long as its zone says, three hours at most (RFC 2308); that nobody
          answers for two seconds (RFC 9520). *)
end

(** [nameserver] is the only one. *)
module Fixed (T : S) :
  Servers
  with type context = T.context
   and type 'a io = 'a T.io
   and type io_addr = T.io_addr
   and type stack = T.stack
   and type t = T.t

module Make (T : S) : module type of Make_over (Fixed (T))

module Pure : sig
  type 'key query_state constraint 'key = 'response Dns.Rr_map.key

  val make_query :
    (int -> Cstruct.t) ->
    Dns.proto ->
    'a Domain_name.t ->
    'query_type Dns.Rr_map.key ->
    Cstruct.t * 'query_type Dns.Rr_map.key query_state
  (** Over TCP with its length in front. *)

  val parse_response :
    'query_type Dns.Rr_map.key query_state ->
    Cstruct.t ->
    ( [ `Data of 'query_type
      | `Partial
      | `No_data of [ `raw ] Domain_name.t * Dns.Soa.t
      | `No_domain of [ `raw ] Domain_name.t * Dns.Soa.t ],
      [ `Msg of string ] )
      result
      (** [`Partial]: more of the stream is needed, or the answer over UDP did not
          fit. *)
end
