(** Answers for DHCP clients whose interface a stack has taken over. *)

val register : Macaddr.t -> (Cstruct.t -> unit) -> unit
(** Frames for the station with this address go to the function. *)

val deliver :
  Macaddr.t -> src:Ipaddr.V4.t -> dst:Ipaddr.V4.t -> Cstruct.t -> unit
(** [deliver mac ~src ~dst udp_packet], when a client with this address is
    registered. It sees a frame from the broadcast address. *)
