(** Messages of multicast listener discovery, version 2 (RFC 3810, section 5)
    and 1 (RFC 2710, section 3). *)

type version =
  | Version_1
  | Version_2 of {
      sources : Ipaddr.V6.t list;  (** none: of the whole group *)
      robustness : int;  (** 0: not said *)
    }

type query = {
  group : Ipaddr.V6.t option;  (** [None]: a general query *)
  within_ns : int64;  (** the Maximum Response Delay *)
  interval_s : int;  (** between queries; 0: not said *)
  version : version;
}

type change =
  | Is_exclude  (** listening *)
  | Is_include of Ipaddr.V6.t list  (** to these sources *)
  | To_exclude  (** begins to listen *)
  | To_include  (** ends to listen *)

type message =
  | Query of query
  | Report_1 of Ipaddr.V6.t
  | Done of Ipaddr.V6.t
  | Report_2 of (Ipaddr.V6.t * change) list

val parse : Icmpv6_packet.t -> message option
(** A query, or a report of version 1; [None] for anything else. *)

val marshal : message -> Icmpv6_packet.t
(** A report or a done.
    @raise Invalid_argument for a query. *)
