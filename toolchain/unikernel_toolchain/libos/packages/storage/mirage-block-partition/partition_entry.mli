(** A partition, as a table on the device says. *)

type kind =
  | Mbr of int  (** the type's byte, as 0x83 for Linux *)
  | Gpt of string
  (** the type's GUID, as ["0fc63daf-8483-4772-8e79-3d69d8477de4"] for Linux *)

type t = {
  number : int;
  (** from 1, as Linux counts: logical partitions of an MBR from 5, a GPT's by their place
      in the table *)
  kind : kind;
  name : string;  (** UTF-8; [""] in an MBR *)
  bootable : bool;
  first : int64;  (** sector *)
  sectors : int64;
}

val check : first:int64 -> last:int64 -> t list -> (t list, string) result
(** The same, unless one is empty, not among the sectors from [first] to [last], or has
    sectors of another: then a sentence. *)
