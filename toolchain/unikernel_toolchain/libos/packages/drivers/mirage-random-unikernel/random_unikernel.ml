(* Straight from the platform's generator: it keeps no state here. *)

type g = unit

external fill : Cstruct.buffer -> (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_random_fill"
[@@noalloc]

let generate ?g:_ length =
  let bytes = Cstruct.create_unsafe length in
  fill bytes.Cstruct.buffer length;
  bytes
