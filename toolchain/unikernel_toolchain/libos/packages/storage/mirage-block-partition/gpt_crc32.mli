(** The checksum of GPT: CRC-32 of IEEE 802.3. *)

val of_parts : Cstruct.t list -> int32
