(** Entries by address, those of each kind in the order of their age. *)

type dynamic = {
  mac : Macaddr.t;
  until : int;  (** the tick at which it is forgotten *)
  mutable used : bool;  (** since it was learned *)
  solicited : bool;  (** or else its station has only said so *)
  claimant : (Macaddr.t * int) option;
  (** another station that claims the address, and the tick from
      which on it is believed *)
}

type 'a incomplete = {
  waiter : 'a;
  tries : int;  (** requests still to be sent *)
}

type 'a entry =
  | Own
  | Static of Macaddr.t
  | Dynamic of dynamic
  | Incomplete of 'a incomplete
  | Failed of int  (** did not answer; the tick at which it may be asked again *)

type kind = Permanents | Dynamics | Incompletes | Failures
type 'a t

val empty : 'a t
val find : 'a t -> Ipaddr.V4.t -> 'a entry option
val count : 'a t -> kind -> int

val put : 'a t -> Ipaddr.V4.t -> 'a entry -> 'a t
(** Adds or replaces; it is then the youngest of its kind. *)

val update : 'a t -> Ipaddr.V4.t -> 'a entry -> 'a t
(** Replaces one of the same kind, which keeps its age. *)

val remove : 'a t -> Ipaddr.V4.t -> 'a t

val by_age : 'a t -> kind -> Ipaddr.V4.t Seq.t
(** The oldest first. *)

val bindings : 'a t -> (Ipaddr.V4.t * 'a entry) list
