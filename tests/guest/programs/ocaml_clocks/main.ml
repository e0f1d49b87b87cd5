open Lwt.Infix

let ps_per_day = 86_400_000_000_000_000L

module Main (Time : Mirage_time.S) (Wall : Mirage_clock.PCLOCK) (Mono : Mirage_clock.MCLOCK) =
struct
  let wall_ns () =
    let days, ps = Wall.now_d_ps () in
    assert (ps >= 0L && ps < ps_per_day);
    Int64.(add (mul (of_int days) 86_400_000_000_000L) (div ps 1000L))

  let rec never_goes_back n last =
    n = 0
    ||
    let now = Mono.elapsed_ns () in
    now >= last && never_goes_back (n - 1) now

  let start () () () =
    if fst (Wall.now_d_ps ()) > 50 * 365 then print_endline "after 2020";
    if never_goes_back 100_000 0L then print_endline "monotonic";
    let wall = wall_ns () and mono = Mono.elapsed_ns () in
    Time.sleep_ns 100_000_000L >|= fun () ->
    let apart =
      Int64.(abs (sub (sub (wall_ns ()) wall) (sub (Mono.elapsed_ns ()) mono)))
    in
    if apart < 5_000_000L then print_endline "both clocks agree"
    else Printf.printf "the clocks are %Ld ns apart\n" apart
end
