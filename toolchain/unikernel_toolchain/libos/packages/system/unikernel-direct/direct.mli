(** Direct style over Lwt, by the effects of OCaml 5: what would be a chain of binds reads as
    a row of statements, with [for], [while], [try] and exceptions as anywhere.

    {[
      let start () =
        Direct.run (fun () ->
            for i = 3 downto 1 do
              Printf.printf "%d\n" i;
              Direct.await (OS.Time.sleep_ns 1_000_000_000L)
            done)
    ]} *)

val run : (unit -> 'a) -> 'a Lwt.t
(** [run f] calls [f] at once, on a stack of its own, until it first awaits what is not there
    yet; it goes on when that is there. The promise is resolved with what [f] returns, and
    rejected with what it raises. Several may run at a time. *)

val await : 'a Lwt.t -> 'a
(** [await promise] is what [promise] is resolved with, and raises what it is rejected with;
    until then others run. Raises [Failure] outside of {!run}. *)
