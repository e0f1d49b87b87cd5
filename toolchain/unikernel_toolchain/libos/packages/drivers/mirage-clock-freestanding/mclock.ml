external elapsed_ns : unit -> (int64[@unboxed])
  = "uk_bytecode_unsupported" "uk_clock_monotonic"
  [@@noalloc]

let period_ns () = None
