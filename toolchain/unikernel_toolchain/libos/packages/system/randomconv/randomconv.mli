(** Numbers from random bytes (randomconv 0.1.3). Each function takes the source of them,
    which is asked for so many bytes: [Random.generate ?g:None] of a [Mirage_random.S]. *)

type int8 = int

val int8 : (int -> Cstruct.t) -> int8
(** From 0 to 255. *)

type int16 = int

val int16 : (int -> Cstruct.t) -> int16
(** From 0 to 65535. *)

val int32 : (int -> Cstruct.t) -> int32
val int64 : (int -> Cstruct.t) -> int64

val int : ?bound:int -> (int -> Cstruct.t) -> int
(** From 0 on and below [bound] ([max_int]), each as likely as the others.
    @raise Invalid_argument when [bound] is not positive. *)

val float : ?bound:float -> (int -> Cstruct.t) -> float
(** From 0 on and below [bound] (1). *)
