type g = unit

external fill : Cstruct.buffer -> (int[@untagged]) -> unit
  = "uk_bytecode_unsupported" "uk_random_fill"
  [@@noalloc]

let generate ?g:_ length =
  let bytes = Cstruct.create_unsafe length in
  fill bytes.Cstruct.buffer length;
  bytes
