module Queue = Map.Make (struct
    type t = int * int  (** when, and in which order they were asked for *)

    let compare (a, i) (b, j) = if a = b then Int.compare i j else Int.compare a b
  end)

type t = {
  mutable now : int;
  mutable count : int;
  mutable queue : (unit -> unit) Queue.t;
}

let create () = { now = 0; count = 0; queue = Queue.empty }
let now t = t.now

let at t time act =
  t.count <- t.count + 1;
  t.queue <- Queue.add (max t.now time, t.count) act t.queue

let rec run t ~until ~limit_ns =
  until ()
  ||
  match Queue.min_binding_opt t.queue with
  | None -> false
  | Some ((time, _), _) when time > limit_ns -> false
  | Some (((time, _) as key), act) ->
      t.queue <- Queue.remove key t.queue;
      t.now <- time;
      act ();
      run t ~until ~limit_ns
