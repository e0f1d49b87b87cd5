let told = ref (fun (_ : int64) -> fst (Lwt.task ()))
let tell sleep_ns = told := sleep_ns
let sleep_ns duration_ns = !told duration_ns
