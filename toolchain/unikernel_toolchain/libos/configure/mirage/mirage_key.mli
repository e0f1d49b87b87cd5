(** The keys of MirageOS 3.9: what an application is configured and booted with. Names,
    environment variables, stages and defaults are 3.9's. *)

module Arg : sig
  include module type of struct
    include Functoria_key.Arg
  end

  val ipv4_address : Ipaddr.V4.t converter

  val ipv4 : Ipaddr.V4.Prefix.t converter
  (** An address with the length of its network; the address is kept. *)

  val ipv6 : Ipaddr.V6.t converter
  val ipv6_prefix : Ipaddr.V6.Prefix.t converter
end

include Functoria.KEY with module Arg := Arg

(** {1 Targets} *)

type mode_unix = [ `Unix | `MacOSX ]
type mode_xen = [ `Xen | `Qubes ]
type mode_solo5 = [ `Hvt | `Spt | `Virtio | `Muen | `Genode ]
type mode = [ mode_unix | mode_xen | mode_solo5 ]

val target : mode key
(** Of these, [`Unix] and [`Virtio] are served; the error for another says which of the two
    serves it, if one does. *)

val pp_target : mode Fmt.t
val is_unix : bool value
val is_solo5 : bool value
val is_xen : bool value

(** {1 Configuring} *)

val warn_error : bool key
val target_debug : bool key
val no_depext : bool key
val tracing_size : int -> int key

(** {1 OCaml's runtime} *)

val backtrace : bool key
val randomize_hashtables : bool key
val allocation_policy : [ `Next_fit | `First_fit | `Best_fit ] key
val minor_heap_size : int option key
val major_heap_increment : int option key
val space_overhead : int option key
val max_space_overhead : int option key
val gc_verbosity : int option key
val gc_window_size : int option key
val custom_major_ratio : int option key
val custom_minor_ratio : int option key
val custom_minor_max_size : int option key

(** {1 Devices}

    With a group, a key is called [GROUP-…]. The same arguments give the same key. *)

val kv_ro : ?group:string -> unit -> [ `Archive | `Crunch | `Direct | `Fat ] key
val block : ?group:string -> unit -> [ `XenstoreId | `BlockFile | `Ramdisk ] key

val prng : [ `Stdlib | `Nocrypto ] key
(** Accepted, and without effect: there is one generator, Fortuna. *)

val dhcp : ?group:string -> unit -> bool key
val net : ?group:string -> unit -> [ `Direct | `Socket ] option key
val interface : ?group:string -> string -> string key

module V4 : sig
  open Ipaddr.V4

  val network : ?group:string -> Prefix.t -> Prefix.t key
  val gateway : ?group:string -> t option -> t option key
  val socket : ?group:string -> t option -> t option key
  val ips : ?group:string -> t list -> t list key
end

module V6 : sig
  open Ipaddr.V6

  val ips : ?group:string -> t list -> t list key
  val netmasks : ?group:string -> Prefix.t list -> Prefix.t list key
  val gateways : ?group:string -> t list -> t list key
end

val resolver : ?default:Ipaddr.V4.t -> unit -> Ipaddr.V4.t key
val resolver_port : ?default:int -> unit -> int key
val syslog : Ipaddr.V4.t option -> Ipaddr.V4.t option key
val syslog_port : int option -> int option key
val syslog_hostname : string -> string key
val logs : Mirage_runtime.log_threshold list key
