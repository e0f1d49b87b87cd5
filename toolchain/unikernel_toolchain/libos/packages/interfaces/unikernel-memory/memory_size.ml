(* Set once by the platform's package; 32 MiB where none is linked, as in tests. *)

let size = ref (32 * 1024 * 1024)
let set bytes = if bytes > 0 then size := bytes
let bytes () = !size
let part n = !size / n
