open Lwt.Infix

(* Both jobs run at once: each waits for what the other does. *)
let first_arrived, tell_first = Lwt.wait ()
let second_arrived, tell_second = Lwt.wait ()

module First (Time : Mirage_time.S) = struct
  let start () =
    Time.sleep_ns 1_000_000L >>= fun () ->
    Lwt.wakeup_later tell_first ();
    second_arrived >|= fun () -> print_endline "first met second"
end

module Second (Time : Mirage_time.S) (Clock : Mirage_clock.MCLOCK) = struct
  let start () _clock =
    let before = Clock.elapsed_ns () in
    Lwt.wakeup_later tell_second ();
    first_arrived >>= fun () ->
    Time.sleep_ns 20_000_000L >|= fun () ->
    let passed = Int64.sub (Clock.elapsed_ns ()) before in
    Printf.printf "second met first, %s\n" (if passed >= 20_000_000L then "and slept" else "FAILED")
end
