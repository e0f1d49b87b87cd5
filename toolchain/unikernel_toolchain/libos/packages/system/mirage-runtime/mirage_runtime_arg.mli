(** Converters of Cmdliner (MirageOS 3.9, [Mirage_runtime.Arg]). *)

include module type of Functoria_runtime.Arg with type 'a t = 'a Functoria_runtime.Arg.t

val make :
  (string -> ('a, [ `Msg of string ]) result) -> ('a -> string) -> 'a Cmdliner.Arg.conv
(** [make of_string to_string]. *)

module type S = sig
  type t

  val of_string : string -> (t, [ `Msg of string ]) result
  val to_string : t -> string
end

val of_module : (module S with type t = 'a) -> 'a Cmdliner.Arg.conv
val ip : Ipaddr.t Cmdliner.Arg.conv
val ipv4_address : Ipaddr.V4.t Cmdliner.Arg.conv

val ipv4 : Ipaddr.V4.Prefix.t Cmdliner.Arg.conv
(** An address and the length of its network, the address kept whole. *)

val ipv6 : Ipaddr.V6.t Cmdliner.Arg.conv

val ipv6_prefix : Ipaddr.V6.Prefix.t Cmdliner.Arg.conv
(** As {!ipv4}. *)

val log_threshold : ([ `All | `Src of string ] * Logs.level) Cmdliner.Arg.conv
(** [LEVEL], [*:LEVEL] or [SOURCE:LEVEL]. *)

val allocation_policy : [ `Next_fit | `First_fit | `Best_fit ] Cmdliner.Arg.conv
