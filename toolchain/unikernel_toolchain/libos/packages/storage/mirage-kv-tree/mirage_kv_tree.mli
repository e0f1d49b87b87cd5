(** Persistent trees of dictionaries and values, by keys: the index of stores
    that keep one in memory. *)

module Entries : Map.S with type key = string

type ('about, 'value) t = {
  about : 'about;  (** what its owner keeps of each dictionary *)
  entries : ('about, 'value) node Entries.t;
}
(** A dictionary. *)

and ('about, 'value) node = Value of 'value | Dictionary of ('about, 'value) t

type key = Mirage_kv.Key.t
type kind = [ `Value | `Dictionary ]

val empty : 'about -> ('about, 'value) t

val find : ('about, 'value) t -> key -> ('about, 'value) node option
(** [None] below a value, too. *)

val exists : ('about, 'value) t -> key -> kind option
val value : ('about, 'value) t -> key -> ('value, [> Mirage_kv.error ]) result
val dictionary : ('about, 'value) t -> key -> (('about, 'value) t, [> Mirage_kv.error ]) result

val list : ('about, 'value) t -> key -> ((string * kind) list, [> Mirage_kv.error ]) result
(** In the order of segments' bytes. *)

val digest :
  ('value -> string) -> ('about, 'value) t -> key -> (string, [> Mirage_kv.error ]) result
(** {!Mirage_kv_digest}, by the digests of values. *)

val set :
  ('about, 'value) t ->
  key ->
  'about ->
  'value ->
  (('about, 'value) t, [> Mirage_kv.error ]) result
(** Dictionaries that come to be on the way, and the one that gets an entry, are
    about that. [`Value_expected] where a dictionary has the key,
    [`Dictionary_expected] where a value has the beginning of it. *)

val remove :
  ('about, 'value) t -> key -> 'about -> (('about, 'value) t, [> Mirage_kv.error ]) result
(** The dictionary that loses an entry is about that from then on; of the root,
    all entries are removed. *)
