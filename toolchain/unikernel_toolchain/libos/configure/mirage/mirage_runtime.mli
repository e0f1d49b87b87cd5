(** What a unikernel's keys are read with, on the host: the converters that {!Mirage_key} has
    under the names by which boot knows them (MirageOS 3.9, mirage-runtime). *)

type log_threshold = [ `All | `Src of string ] * Logs.level
(** The least urgent level that is reported: of one source, or of all that have none of their
    own. *)

module Arg : sig
  val ip : Ipaddr.t Cmdliner.Arg.conv
  val ipv4_address : Ipaddr.V4.t Cmdliner.Arg.conv

  val ipv4 : Ipaddr.V4.Prefix.t Cmdliner.Arg.conv
  (** An address with the length of its network; the address is kept. *)

  val ipv6 : Ipaddr.V6.t Cmdliner.Arg.conv
  val ipv6_prefix : Ipaddr.V6.Prefix.t Cmdliner.Arg.conv

  val log_threshold : log_threshold Cmdliner.Arg.conv
  (** [LEVEL], [*:LEVEL] or [SOURCE:LEVEL]. *)

  val allocation_policy : [ `Next_fit | `First_fit | `Best_fit ] Cmdliner.Arg.conv
end
