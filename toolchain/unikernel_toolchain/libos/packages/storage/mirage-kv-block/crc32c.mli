(** CRC-32C, the Castagnoli polynomial (RFC 3720, section 12.1). *)

val of_cstruct : Cstruct.t -> int
(** From 0 to 2{^32} - 1. *)
