module Sleepers = Map.Make (struct
    type t = int64 * int  (** when, and in which order they fell asleep *)

    let compare = compare
  end)

let now = ref 0L
let sleepers = ref Sleepers.empty
let count = ref 0
let now_ns () = !now

module Time = struct
  let sleep_ns ns =
    let promise, resolver = Lwt.task () in
    incr count;
    let key = (Int64.add !now ns, !count) in
    sleepers := Sleepers.add key resolver !sleepers;
    Lwt.on_cancel promise (fun () -> sleepers := Sleepers.remove key !sleepers);
    promise
end

let () = Default_time.set Time.sleep_ns

module Mclock = struct
  let elapsed_ns () = !now
  let period_ns () = None
end

let wake_next ~limit =
  match Sleepers.min_binding_opt !sleepers with
  | None -> failwith "the program waits, and nobody is asleep"
  | Some ((at, _), _) when at > limit ->
      failwith (Printf.sprintf "not done at %.3f virtual seconds" (Int64.to_float at /. 1e9))
  | Some (((at, _) as key), resolver) ->
      sleepers := Sleepers.remove key !sleepers;
      now := max !now at;
      Lwt.wakeup_later resolver ()

let run ?(limit_s = 3600) program =
  now := 0L;
  sleepers := Sleepers.empty;
  let limit = Duration.of_sec limit_s in
  let promise = program () in
  let rec loop () =
    Lwt.wakeup_paused ();
    match Lwt.state promise with
    | Return v -> v
    | Fail e -> raise e
    | Sleep when Lwt.paused_count () > 0 -> loop ()
    | Sleep ->
        wake_next ~limit;
        loop ()
  in
  loop ()
