(* Messages from a stream: each behind two bytes of length, arriving in any pieces. *)

(* [pieces]: what has come, the last first; joined only when a message is
   whole, so that small pieces are not copied again and again. *)
type t = { mutable pieces : Cstruct.t list; mutable bytes : int; mutable wanted : int }

let length_bytes = 2
let create () = { pieces = []; bytes = 0; wanted = length_bytes }

let add t piece =
  t.pieces <- piece :: t.pieces;
  t.bytes <- t.bytes + Cstruct.length piece

let joined t =
  let whole = Cstruct.concat (List.rev t.pieces) in
  t.pieces <- [ whole ];
  whole

let set t rest =
  t.pieces <- [ rest ];
  t.bytes <- Cstruct.length rest;
  t.wanted <- length_bytes

let rec next t =
  if t.bytes < t.wanted then None
  else
    let whole = joined t in
    let length = Cstruct.BE.get_uint16 whole 0 in
    if t.bytes < length_bytes + length then (
      t.wanted <- length_bytes + length;
      None)
    else (
      set t (Cstruct.shift whole (length_bytes + length));
      if length = 0 then next t else Some (Cstruct.sub whole length_bytes length))
