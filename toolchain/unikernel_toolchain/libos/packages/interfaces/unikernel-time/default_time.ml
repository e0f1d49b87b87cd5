(* Without a platform's package nothing ever wakes: who sleeps waits for ever. *)

let sleep = ref (fun (_ : int64) -> fst (Lwt.task ()))
let set sleep_ns = sleep := sleep_ns
let sleep_ns duration_ns = !sleep duration_ns
