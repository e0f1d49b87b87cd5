(* Awaiting is an effect. Its handler keeps the rest of the computation, a continuation, for
   the promise to call when it is resolved: Lwt's loop stays the only one, and what is in
   direct style and what binds can wait for each other. *)

open Effect.Deep

type _ Effect.t += Await : 'a Lwt.t -> 'a Effect.t

let await promise =
  match Lwt.state promise with
  | Return value -> value
  | Fail why -> raise why
  | Sleep -> (
      match Effect.perform (Await promise) with
      | value -> value
      | exception Effect.Unhandled (Await _) ->
          failwith "Direct.await: this is not called by what Direct.run has called")

(* Each continuation is called once: a promise is resolved once. *)
let go_on_when promise continuation =
  Lwt.on_any promise (continue continuation) (discontinue continuation)

let run f =
  let result, resolver = Lwt.wait () in
  match_with f ()
    {
      retc = Lwt.wakeup_later resolver;
      exnc = Lwt.wakeup_later_exn resolver;
      effc =
        (fun (type a) (request : a Effect.t) ->
           match request with
           | Await promise -> Some (fun (k : (a, unit) continuation) -> go_on_when promise k)
           | _ -> None);
    };
  result
