external now_ns : unit -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_clock_monotonic"
[@@noalloc]

(* Saturates: a sleep of the largest int64 means for ever. *)
let deadline_after now duration_ns =
  let longest = Int64.of_int (max_int - now) in
  if Int64.unsigned_compare duration_ns longest >= 0 then max_int
  else now + Int64.to_int duration_ns

let sleep_ns duration_ns =
  Os_timers.wait_until (deadline_after (now_ns ()) duration_ns)

let () = Default_time.set sleep_ns
