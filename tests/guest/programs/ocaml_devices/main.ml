open Lwt.Infix

module Main
    (Time : Mirage_time.S)
    (Console : Mirage_console.S)
    (Clock : Mirage_clock.PCLOCK)
    (Random : Mirage_random.S) =
struct
  let start _time console _clock _random =
    let log format = Printf.ksprintf (Console.log console) format in
    let day, _ = Clock.now_d_ps () in
    log "the day is %s 2020" (if day > 50 * 365 then "after" else "before") >>= fun () ->
    log "%d random bytes" (Cstruct.length (Random.generate 16)) >>= fun () ->
    Time.sleep_ns 1_000_000L >>= fun () -> log "a millisecond has passed"
end
