external elapsed_ns : unit -> (int64[@unboxed])
  = "unikernel_bytecode_unsupported" "unikernel_clock_monotonic"
[@@noalloc]

let period_ns () = None
