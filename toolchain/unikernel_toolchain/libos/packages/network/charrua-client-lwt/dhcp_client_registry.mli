(** Between DHCP clients and the stack that has taken over their interface, by
    hardware address: answers go in, news come out. *)

type event =
  | Leased of Dhcp_message.pkt * int64 option
  (** a lease, new or extended, and when it must not be used any more: on
      the clock that the client was given, where it was given one *)
  | Lost  (** the lease must not be used any more *)
  | No_server  (** no server gives an address, and the client has given up *)

type client

val register : Macaddr.t -> input:(Cstruct.t -> unit) -> set_clock:((unit -> int64) -> unit) -> client
(** [input] takes frames for the client, [set_clock] the monotonic clock that it
    is to go by. *)

val notify : client -> event -> unit

val subscribe : Macaddr.t -> now:(unit -> int64) -> (event -> unit) -> bool
(** Gives the client of this station a clock, and the function its latest and
    all further news; false when there is no such client. *)

val deliver :
  Macaddr.t -> src:Ipaddr.V4.t -> dst:Ipaddr.V4.t -> Cstruct.t -> unit
(** [deliver mac ~src ~dst udp_packet], when a client with this address is
    registered. It sees a frame from the broadcast address. *)
