(** The answer of the configure stage: JSON, of which everything after it is made. *)

type t = {
  info : Functoria.Info.t;
  graph : Functoria_graph.t;
  key_gen : string;
  main : string;
}

val text : t -> string
(** What devices told {!Functoria_answer} is part of it. *)
