open Lwt.Infix

let start () =
  OS.Time.sleep_ns 1_000_000L >|= fun () -> print_endline "Hello from Lwt"
