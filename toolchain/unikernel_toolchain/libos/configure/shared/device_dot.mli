(** A graph in the language of graphviz. *)

val text : Device_graph.node list -> string
(** A box for each of these, with its module and its keys; from it, in order, a line to each that
    its functor is applied to and a dashed one to each that it depends on otherwise. *)
