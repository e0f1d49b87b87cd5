type 'a t = { mutable silent : 'a list  (** the one that fell silent last, last *) }

let max_asked = 3
let create () = { silent = [] }

let order t servers =
  let is_silent server = List.mem server t.silent in
  let silent = List.filter (fun server -> List.mem server servers) t.silent in
  let others = List.filter (fun server -> not (is_silent server)) servers in
  t.silent <- silent;
  List.filteri (fun i _ -> i < max_asked) (others @ silent)

let heard t server answered =
  let others = List.filter (( <> ) server) t.silent in
  t.silent <- (if answered then others else others @ [ server ])
