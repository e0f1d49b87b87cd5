(** Key-value stores whose keys are paths (MirageOS 3.9, mirage-kv 3.0). *)

(** Paths: segments from the root down. A segment is never empty and holds no
    ["/"]; ["."] and [".."] are segments like others. *)
module Key : sig
  type t

  val empty : t
  (** The root, a dictionary. *)

  val v : string -> t
  (** Cuts at ["/"]. Empty segments fall away, so that ["/a//b/"] is ["a/b"]. *)

  val add : t -> string -> t
  (** One segment more. An empty one adds nothing.
      @raise Invalid_argument when it holds ["/"]. *)

  val ( / ) : t -> string -> t
  (** {!add}. *)

  val append : t -> t -> t
  val ( // ) : t -> t -> t

  val segments : t -> string list
  (** From the root down. *)

  val basename : t -> string
  (** The last segment; [""] of {!empty}. *)

  val parent : t -> t
  (** All but the last segment; {!empty} of {!empty}. *)

  val compare : t -> t -> int
  (** Segment by segment: what is below a key comes right behind it. *)

  val equal : t -> t -> bool
  val pp : t Fmt.t

  val to_string : t -> string
  (** Begins with ["/"]; {!v} reads it back. *)
end

type key = Key.t

type error =
  [ `Not_found of key  (** nothing has this key *)
  | `Dictionary_expected of key  (** a value is where the operation needs a dictionary *)
  | `Value_expected of key  (** a dictionary is where it needs a value *) ]

val pp_error : error Fmt.t

module type RO = sig
  type nonrec error = private [> error ]

  val pp_error : error Fmt.t

  include Mirage_device.S

  type key = Key.t

  val exists : t -> key -> ([ `Value | `Dictionary ] option, error) result Lwt.t
  (** What has this key. An error is the storage's alone. *)

  val get : t -> key -> (string, error) result Lwt.t

  val list : t -> key -> ((string * [ `Value | `Dictionary ]) list, error) result Lwt.t
  (** The segments right below a dictionary. *)

  val last_modified : t -> key -> (int * int64, error) result Lwt.t
  (** Days and picoseconds since 1970-01-01 UTC; of a dictionary, the newest of
      what is right below it. *)

  val digest : t -> key -> (string, error) result Lwt.t
  (** The same bytes for the same value, or the same dictionary with all below
      it. What they are is the store's own. *)
end

type write_error =
  [ error | `No_space | `Too_many_retries of int  (** how often a batch was tried *) ]

val pp_write_error : write_error Fmt.t

module type RW = sig
  include RO

  type nonrec write_error = private [> write_error ]

  val pp_write_error : write_error Fmt.t

  val set : t -> key -> string -> (unit, write_error) result Lwt.t
  (** Replaces the value; dictionaries on the way come to be. *)

  val remove : t -> key -> (unit, write_error) result Lwt.t
  (** Removes a value, or a dictionary with all below it. *)

  val batch : t -> ?retries:int -> (t -> 'a Lwt.t) -> 'a Lwt.t
  (** [batch t f] applies what [f] changes when it ends, all at once; what it
      reads meanwhile is the state before. [f] runs again when somebody else's
      change came between, [retries] (13) times at most. *)
end
