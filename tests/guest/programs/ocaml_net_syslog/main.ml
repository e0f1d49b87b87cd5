(* Logs to the syslog server at 10.9.0.1 over UDP, and over TCP once there is one; says on the
   console that it works meanwhile, ten times a second. *)
open Lwt.Infix

module Main
    (C : Mirage_console.S)
    (Clock : Mirage_clock.PCLOCK)
    (Time : Mirage_time.S)
    (S : Mirage_stack.V4) =
struct
  module Udp = Logs_syslog_mirage.Udp (C) (Clock) (S)
  module Tcp = Logs_syslog_mirage.Tcp (C) (Clock) (S)

  let server = Ipaddr.V4.of_string_exn "10.9.0.1"
  let app = Logs.Src.create "app" ~doc:"This program"

  module Log = (val Logs.src_log app : Logs.LOG)

  let sleep_ms ms = Time.sleep_ns (Int64.mul (Int64.of_int ms) 1_000_000L)

  let rec over_tcp console stack =
    Tcp.create console stack ~hostname:"guest" server ~truncate:60 ~framing:`LineFeed () >>= function
    | Ok reporter -> Lwt.return (Logs.set_reporter reporter)
    | Error _ -> sleep_ms 200 >>= fun () -> over_tcp console stack

  let rec work n =
    Log.info (fun m -> m "message %d" n);
    Log.warn (fun m -> m ~header:"long" "%s" (String.make 200 'x'));
    Printf.printf "worked %d\n%!" n;
    sleep_ms 100 >>= fun () -> work (n + 1)

  let start console () () stack =
    Logs.set_level (Some Logs.Info);
    Logs.set_reporter (Udp.create console stack ~hostname:"guest" server ~truncate:100 ());
    Lwt.async (fun () -> over_tcp console stack);
    print_endline "serving on 10.9.0.2";
    work 0
end
