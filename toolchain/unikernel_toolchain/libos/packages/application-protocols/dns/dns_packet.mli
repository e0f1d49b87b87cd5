(** DNS messages with one question (RFC 1035, section 4). *)

type t = {
  id : int;
  flags : int;  (** as on the wire: see {!Dns_wire} *)
  question : Dns_name.t * int * int;  (** name, type and class *)
  answers : Dns_record.t list;
  authority : Dns_record.t list;
  additional : Dns_record.t list;
}

val pp : Format.formatter -> t -> unit
val equal : t -> t -> bool

val query : id:int -> Dns_name.t -> int -> t
(** Asks a recursive resolver for records of this type. *)

val question : Cstruct.t -> (Dns_name.t * int * int, string) result
(** What a message asks, or answers, whatever else it holds: an error unless it
    is one question that can be read. *)

val parse : Cstruct.t -> (t, string) result
(** A truncated message may end in the middle of a record: it is left out. An
    error for anything else malformed, and for bytes behind the end. *)

val marshal : t -> Cstruct.t
(** Without compression.
    @raise Invalid_argument above 65,535 bytes. *)
