(** The answer of the configure stage: JSON, of which everything after it is made. *)

type t = {
  info : Functoria.Info.t;
  graph : Functoria_graph.t;
  key_gen : string;
  main : string;
}

val text : t -> without:(string list * t) list -> string
(** What devices told {!Functoria_answer} is part of it. [without] is what is answered besides: the
    same when the devices of these names are left out. *)

val unknown : string -> options:string list -> at_boot:string list -> flags:string list -> string
(** The answer when an option was typed that is none of [options]; those [at_boot] are read then,
    and of all of them [flags] take no value. *)
