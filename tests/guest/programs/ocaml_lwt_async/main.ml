open Lwt.Infix

let start () =
  print_endline "waiting";
  Lwt.async (fun () -> OS.Time.sleep_ns 1_000_000L >>= fun () -> raise Not_found);
  OS.Time.sleep_ns 60_000_000_000L
