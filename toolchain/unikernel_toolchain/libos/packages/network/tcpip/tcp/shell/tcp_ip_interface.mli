(** What TCP asks of the layers below: IP, and through the headroom the
    device's checksums and segmentation. *)

module Make (IP : Mirage_protocols.IP) : sig
  val send :
    IP.t ->
    on_tso_max:(int -> unit) ->
    local:IP.ipaddr ->
    remote:IP.ipaddr ->
    Tcp_segment.t ->
    Cstruct.t list ->
    length:int ->
    unit_size:int ->
    (unit, IP.error) result Lwt.t
  (** See {!Tcp_output.emit}. [on_tso_max] hears, at each SYN, the largest payload
      that the device below cuts to segments; 0 when it does not. What is
      longer than {!Tcp_path_mtu.least_unit} may not be fragmented. *)

  val addresses : IP.t -> local:IP.ipaddr -> remote:IP.ipaddr -> string
  (** The octets of both. *)

  val header_bytes : IP.t -> IP.ipaddr -> int
  (** Of IP and TCP, without options. *)

  val checksum_ok : IP.t -> src:IP.ipaddr -> dst:IP.ipaddr -> Cstruct.t -> bool
  (** Whether the checksum of a packet that came holds. *)
end
