(* [left] may become negative: windows that were advertised are honoured as far as
   Tcp_receive says, even when memory has run short since. *)

type t = { total : int; mutable left : int }

let create total = { total; left = total }
let spend t bytes = t.left <- t.left - bytes
let left t = t.left
let share t = t.left
let is_short t = t.left < t.total / 8
