(* A thousand sleepers of some seconds each, and what both clocks say when all have fired. *)
open Lwt.Infix

let sleepers = 1000

let seconds_to_sleep () =
  let rec last = function [ word ] -> int_of_string word | _ :: rest -> last rest | [] -> 2 in
  last (Array.to_list Sys.argv)

module Main (Time : Mirage_time.S) (Wall : Mirage_clock.PCLOCK) (Mono : Mirage_clock.MCLOCK) =
struct
  let wall_s () =
    let days, ps = Wall.now_d_ps () in
    (days * 86_400) + Int64.(to_int (div ps 1_000_000_000_000L))


  let start () () () =
    let fired = ref 0 and length_ns = Duration.of_sec (seconds_to_sleep ()) in
    let wall = wall_s () and mono = Mono.elapsed_ns () in
    let sleep _ = Time.sleep_ns length_ns >|= fun () -> incr fired in
    let all = List.init sleepers sleep in
    print_endline "sleeping";
    Lwt.join all >>= fun () ->
    Lwt.pause () >|= fun () ->
    Printf.printf "%d sleepers fired %d times, %Ld s by the monotonic clock, %d s by the wall clock\n"
      sleepers !fired
      Int64.(div (sub (Mono.elapsed_ns ()) mono) 1_000_000_000L)
      (wall_s () - wall)
end
