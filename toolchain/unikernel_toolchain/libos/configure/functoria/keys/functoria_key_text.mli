(** Keys with their values as text, for people and for OCaml. *)

val value : 'a Functoria_key_arg.t -> 'a Fmt.t
(** As it would be typed. *)

val definition : 'a Functoria_key_arg.t -> name:string -> 'a Fmt.t
(** What Key_gen has of a key. One that is read at boot is declared over [Boot_keys], and its value
    is the default there.
    @raise Functoria_misc.Refused for one that is not, is required, and is not given. *)
