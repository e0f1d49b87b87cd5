(* Which servers to ask first: one that did not answer goes behind the others until it
   answers again, the one that failed last the last. *)

type 'a t = { mutable unresponsive : 'a list  (** the one that fell silent last, last *) }

let max_asked = 3
let create () = { unresponsive = [] }

let order t servers =
  let is_unresponsive server = List.mem server t.unresponsive in
  let unresponsive = List.filter (fun server -> List.mem server servers) t.unresponsive in
  let others = List.filter (fun server -> not (is_unresponsive server)) servers in
  t.unresponsive <- unresponsive;
  List.filteri (fun i _ -> i < max_asked) (others @ unresponsive)

let note_answer t server answered =
  let others = List.filter (( <> ) server) t.unresponsive in
  t.unresponsive <- (if answered then others else others @ [ server ])
