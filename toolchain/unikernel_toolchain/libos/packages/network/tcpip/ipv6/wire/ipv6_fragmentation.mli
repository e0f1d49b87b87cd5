val fragment : mtu:int -> id:int32 -> Cstruct.t -> Cstruct.t list
(** The packets, each at most [mtu] bytes long, that carry a whole packet
    without extension headers (RFC 8200, section 4.5). *)
