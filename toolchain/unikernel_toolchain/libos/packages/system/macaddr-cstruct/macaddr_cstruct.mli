(** MAC addresses in the first six bytes of cstructs (macaddr-cstruct 5.0). Functions that
    end in [_exn] raise [Macaddr.Parse_error] where there are fewer. *)

val of_cstruct : Cstruct.t -> (Macaddr.t, [> `Msg of string ]) result
val of_cstruct_exn : Cstruct.t -> Macaddr.t

val to_cstruct : ?allocator:(int -> Cstruct.t) -> Macaddr.t -> Cstruct.t
(** Six bytes of [allocator], by default [Cstruct.create]. *)

val write_cstruct_exn : Macaddr.t -> Cstruct.t -> unit
