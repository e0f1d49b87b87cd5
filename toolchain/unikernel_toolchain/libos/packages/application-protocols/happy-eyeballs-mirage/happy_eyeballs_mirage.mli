(** Happy Eyeballs on a stack of both families (happy-eyeballs-mirage 1.0).

    {[
      module Connect = Happy_eyeballs_mirage.Make (OS.Time) (Mclock) (Stack_v4v6)

      let fetch stack names =
        let eyeballs = Connect.create ~getaddrinfo:names stack in
        Connect.connect eyeballs "www.example.org" [ 443; 80 ]
    ]} *)

type getaddrinfo =
  [ `A | `AAAA ] ->
  [ `host ] Domain_name.t ->
  (Ipaddr.Set.t, [ `Msg of string ]) result Lwt.t
(** A resolver, such as {!Happy_eyeballs_names.Make.getaddrinfo}. *)

module Make
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) : sig
  type t
  type flow = S.TCP.flow

  val create : ?happy_eyeballs:Happy_eyeballs.config -> ?getaddrinfo:getaddrinfo -> S.t -> t
  (** Without [getaddrinfo] no name is known. *)

  val inject : t -> getaddrinfo -> unit
  (** Has names resolved by this from now on. *)

  val connect_host :
    t ->
    [ `host ] Domain_name.t ->
    int list ->
    ((Ipaddr.t * int) * flow, [> `Msg of string ]) result Lwt.t
  (** To a host's first address that answers, at one of these ports. Families that
      the stack has no address of are not asked for. Cancelling it leaves
      nothing. *)

  val connect_ip :
    t ->
    (Ipaddr.t * int) list ->
    ((Ipaddr.t * int) * flow, [> `Msg of string ]) result Lwt.t

  val addresses :
    t -> [ `host ] Domain_name.t -> Happy_eyeballs.family -> (Ipaddr.t list, string) result Lwt.t
  (** A host's addresses of this family that the stack could reach. *)

  val connect_resolved :
    t ->
    (Happy_eyeballs.family -> (Ipaddr.t list, string) result Lwt.t) ->
    int list ->
    ((Ipaddr.t * int) * flow, [> `Msg of string ]) result Lwt.t
  (** As {!connect_host}, with the host's addresses from elsewhere. *)

  val connect :
    t ->
    string ->
    int list ->
    ((Ipaddr.t * int) * flow, [> `Msg of string ]) result Lwt.t
    (** To a name, or an address as text. *)
end
