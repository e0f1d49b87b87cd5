(** The address of a network, under MirageOS 3.9's names. *)

type t

val declare : ?group:string -> string -> t
(** [declare ?group name] declares [--ipv4], [--ipv4-gateway] and [--dhcp] of the
    network [name]; with a group, each is called [--GROUP-…]. Refused are an
    address without its network, a gateway outside it, DHCP beside an address,
    and no address at all. *)

val declare_if : is_needed:(unit -> bool) -> ?group:string -> string -> t
(** The same, where no address at all is refused only when [is_needed]. *)

val has_address : t -> bool
(** Whether there is an address, or a DHCP server to give one. *)

val is_given : t -> bool
(** Whether the command line says where the address is from. *)

val dhcp : t -> bool
(** Whether a DHCP server gives the address. *)

val static : t -> Mirage_protocols.ipv4_config
(** The static address and gateway. By default they are what the host tells in
    [UNIKERNEL_IPV4] and [UNIKERNEL_IPV4_GATEWAY]; if it tells nothing, 10.0.2.15/24 and
    10.0.2.2, as on QEMU's user network. The default gateway is left out when the
    address is of another network. *)

val set_resolver : t -> unit
(** Passes on the DNS server that the host tells of in [UNIKERNEL_RESOLVER], where there is
    no DHCP to tell of one: see {!Name_servers}. *)
