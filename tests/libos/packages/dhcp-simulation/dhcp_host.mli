(** A host with a DHCP client, an echo service over UDP, and a clock that may jump
    as after a pause of the machine. *)

val mac : Macaddr.t

module Clock : sig
  include Mirage_clock.MCLOCK

  val hold : int64 -> unit
  (** So many nanoseconds pass in which nobody runs. *)

  val reset : unit -> unit
end

module Ip : Mirage_protocols.IPV4

val reseed : int -> unit
(** What the host draws by chance from now on. *)

val start : Virtual_net.segment -> Ip.t Lwt.t
(** Its stack takes the interface over once there is an address. Fails as
    [Leased_ipv4] does. *)

val echo_port : int
