(* packages: dns-client.mirage virtual-network virtual-stacks *)

(* The DNS client has the types of MirageOS 3.9: that this compiles is the test. *)

open Virtual_stacks

type msg = [ `Msg of string ]

module type TRANSPORT = sig
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
  val connect : ?nameserver:ns_addr -> t -> (context, [> msg ]) result io
  val send : context -> Cstruct.t -> (unit, [> msg ]) result io
  val recv : context -> (Cstruct.t, [> msg ]) result io
  val close : context -> unit io
  val bind : 'a io -> ('a -> 'b io) -> 'b io
  val lift : 'a -> 'a io
end

module _ (T : TRANSPORT) : Dns_client.S = T
module _ (T : Dns_client.S) : TRANSPORT = T

module type CLIENT = sig
  type t
  type ns_addr
  type stack
  type 'a io

  val create : ?size:int -> ?nameserver:ns_addr -> ?timeout:int64 -> stack -> t
  val nameserver : t -> ns_addr

  val getaddrinfo :
    t ->
    ?nameserver:ns_addr ->
    'response Dns.Rr_map.key ->
    'a Domain_name.t ->
    ('response, [> msg ]) result io

  val gethostbyname :
    t -> ?nameserver:ns_addr -> [ `host ] Domain_name.t -> (Ipaddr.V4.t, [> msg ]) result io

  val gethostbyname6 :
    t -> ?nameserver:ns_addr -> [ `host ] Domain_name.t -> (Ipaddr.V6.t, [> msg ]) result io

  val get_resource_record :
    t ->
    ?nameserver:ns_addr ->
    'response Dns.Rr_map.key ->
    'a Domain_name.t ->
    ( 'response,
      [> msg
      | `No_data of [ `raw ] Domain_name.t * Dns.Soa.t
      | `No_domain of [ `raw ] Domain_name.t * Dns.Soa.t ] )
      result
      io
end

module Client = Dns_client_mirage.Make (Random) (Time) (Clock) (Stack4)

module _ : Dns_client.S with type io_addr = Ipaddr.V4.t * int and type 'a io = 'a Lwt.t and type stack = Stack4.t = Client.Transport

module _ :
  CLIENT
  with type ns_addr := [ `TCP | `UDP ] * (Ipaddr.V4.t * int)
   and type stack := Stack4.t
   and type 'a io := 'a Lwt.t =
  Client

module type PURE = sig
  type 'key query_state constraint 'key = 'a Dns.Rr_map.key

  val make_query :
    (int -> Cstruct.t) ->
    Dns.proto ->
    'a Domain_name.t ->
    'query_type Dns.Rr_map.key ->
    Cstruct.t * 'query_type Dns.Rr_map.key query_state

  val parse_response :
    'query_type Dns.Rr_map.key query_state ->
    Cstruct.t ->
    ( [ `Data of 'query_type
      | `Partial
      | `No_data of [ `raw ] Domain_name.t * Dns.Soa.t
      | `No_domain of [ `raw ] Domain_name.t * Dns.Soa.t ],
      msg )
      result
end

module _ : PURE = Dns_client.Pure

let () = Case.case "the types are those of MirageOS 3.9" ignore
