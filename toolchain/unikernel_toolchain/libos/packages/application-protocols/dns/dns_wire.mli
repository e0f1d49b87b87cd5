(** Where the fields of a DNS message lie, and its numbers (RFC 1035). *)

val sizeof_header : int
val get_id : Cstruct.t -> int
val set_id : Cstruct.t -> int -> unit
val get_flags : Cstruct.t -> int
val set_flags : Cstruct.t -> int -> unit

val get_count : Cstruct.t -> int -> int
(** Number of entries in section 0 (questions) to 3 (additional). *)

val set_count : Cstruct.t -> int -> int -> unit

(** {1 In the field [flags]} *)

val reply : int
val authoritative : int
val truncated : int
val recursion_desired : int
val recursion_available : int
val opcode : int -> int
val rcode : int -> int

(** {1 Record types} *)

val a : int
val ns : int
val cname : int
val soa : int
val ptr : int
val mx : int
val txt : int
val aaaa : int
val srv : int
val class_in : int
