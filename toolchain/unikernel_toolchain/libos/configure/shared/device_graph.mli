(** The devices of one program and what starts with them, whether config.ml named them or the
    parameters of [start] did: each is a node, made once, behind what it is made from. *)

type value =
  | Stateless  (** it is not connected; whoever asks for it is given [()] *)
  | Connected of (module_name:string -> string list -> string)
  (** an expression for a promise of its value, from the name of its module and those of
      the values of {!node.arguments} *)

type node = {
  number : int;  (** from 1 *)
  name : string;  (** of its value in the main module; no other node has it *)
  label : string;  (** for people *)
  own : bool;  (** the application's own module, which its [start] starts *)
  ends : bool;  (** its value is of no use, whatever type it has *)
  implementation : string;  (** a module, or a functor *)
  module_name : string;  (** of the module in the main module: the functor applied *)
  parameters : node list;  (** whose modules a functor is applied to *)
  arguments : node list;  (** whose values connecting takes *)
  keys : string list;
  value : value;
}

val is_connected : node -> bool

val all : node list -> node list
(** These and all that is behind them, each once, behind those that it is made from. *)

val dependencies : node -> node list
(** The arguments whose modules are no parameters. *)
