(** Values of boot keys as text, under the names of MirageOS 3.9's converters. Those of
    addresses are in [unikernel-keys.addresses] ({!Address_converters}), that of log levels
    in [unikernel-keys.logs] ({!Log_converters}), and one of Cmdliner's becomes one of these
    by [unikernel-keys.cmdliner] ({!Cmdliner_converter}). *)

type 'a t = {
  read : string -> ('a, string) result;
  (** An error is a sentence that says what a value has to be. *)
  print : 'a -> string;  (** For the help; [""] is not shown. *)
}

val string : string t
val bool : bool t

val int : int t
(** As OCaml writes it: [-1], [0xff], [1_000]. *)

val list : 'a t -> 'a list t
(** Values with commas between; no text is no value. *)

val some : 'a t -> 'a option t
(** [None] is a default only; every text is that of a value. *)

val allocation_policy : [ `Next_fit | `First_fit | `Best_fit ] t
(** [next-fit], [first-fit], [best-fit]. *)
