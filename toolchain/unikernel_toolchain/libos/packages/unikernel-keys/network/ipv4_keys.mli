(** The address of a network, under MirageOS 3.9's names. *)

type t

val declare : ?group:string -> string -> t
(** [declare ?group name] declares [--ipv4], [--ipv4-gateway] and [--dhcp] of the
    network [name]; with a group, each is called [--GROUP-…]. An address without
    its network, a gateway outside it, and DHCP beside an address are refused. *)

val dhcp : t -> bool
(** Whether a DHCP server gives the address. *)

val static : t -> Mirage_protocols.ipv4_config
(** The static address: 10.0.2.15/24 with the gateway 10.0.2.2 unless given, as
    QEMU's user network has it. An address given alone has no gateway. *)
