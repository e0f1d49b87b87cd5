open Lwt.Infix

module Main
    (Time : Mirage_time.S)
    (Pclock : Mirage_clock.PCLOCK)
    (Mclock : Mirage_clock.MCLOCK)
    (Random : Mirage_random.S) =
struct
  let verdict name ok = Printf.printf "%s: %s\n" name (if ok then "right" else "FAILED")

  let start _time _pclock _mclock _random =
    let days, picoseconds = Pclock.now_d_ps () in
    verdict "today is after 2020" (days > 18_262);
    verdict "less than a day" (picoseconds >= 0L && picoseconds < 86_400_000_000_000_000L);
    let before = Mclock.elapsed_ns () in
    Time.sleep_ns 5_000_000L >>= fun () ->
    verdict "time passes" (Int64.sub (Mclock.elapsed_ns ()) before >= 5_000_000L);
    let a = Random.generate 32 and b = Random.generate 32 in
    verdict "random bytes" (Cstruct.len a = 32 && not (Cstruct.equal a b));
    Lwt.return_unit
end
