(** An application with its choices made: each device once, behind what it is made from. *)

open Functoria

type device = Device : 'a configurable -> device

type node = private {
  number : int;  (** from 1, in the order in which they start *)
  device : device;
  inputs : node list;  (** what its functor is applied to *)
  deps : node list;  (** what else is started before *)
}

type t = {
  init : node list;  (** awaited one after the other, before all else *)
  root : node;
  jobs : node list;  (** what was registered, behind [root] *)
  nodes : node list;  (** all of them, in order *)
  conditions : Functoria_key.Set.t;  (** the keys that choices looked at *)
}

type application = {
  first : job impl list;
  last : job impl;
  registered : job impl list;
}

val evaluate : context -> without:string list -> application -> t
(** Devices that [without] names, or whose modules, do nothing and need nothing but their keys.
    @raise Functoria_origin.Wrong for a functor that is not applied to all it takes. *)

val packages : context -> t -> package list
(** Those of all devices, not merged. *)

val keys : t -> Functoria_key.Set.t
(** Those that choices, devices and their packages ask for, with the keys that these set.
    @raise Invalid_argument when two of them have one name. *)

val is_job : node -> bool

val own_modules : t -> string list
(** The application's own, each once, in the order in which they start. *)

val to_devices : Info.t -> t -> Device_graph.node list
(** The same graph for {!Main_text}, in the same order; numbers are kept. *)
