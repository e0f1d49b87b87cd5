open Lwt.Infix

module Main (Time : Mirage_time.S) = struct
  let start _time () =
    Logs.warn (fun f -> f "a message for the server");
    Time.sleep_ns 300_000_000L >|= fun () -> print_endline "done"
end
