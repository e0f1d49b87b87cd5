(** The Internet checksum (RFC 1071).

    Sums are 16-bit ones-complement sums of big-endian words; an odd last
    octet counts as the high half of a word. *)

val ones_complement : Cstruct.t -> int
(** The checksum to store: the complement of the sum. 0 over data that
    includes its correct checksum. *)

val ones_complement_list : Cstruct.t list -> int
(** The same over the concatenation of the buffers, of any lengths. *)

(** {1 Partial sums} *)

val sum : int -> Cstruct.t -> int
(** [sum s b] adds [b] to the partial sum [s], which must cover an even
    number of bytes. A partial sum begins as 0 and lies in 0 to 0xffff. *)

val sum_list : int -> Cstruct.t list -> int
(** [sum] over the concatenation of the buffers. *)

val add : int -> int -> int
(** [add s word] adds a 16-bit word. *)

val pseudoheader_v4 : src:int32 -> dst:int32 -> proto:int -> int -> int
(** The sum over the pseudo-header (RFC 768) of a packet of so many bytes. *)

val complement : int -> int
(** The checksum that belongs to a sum. *)
