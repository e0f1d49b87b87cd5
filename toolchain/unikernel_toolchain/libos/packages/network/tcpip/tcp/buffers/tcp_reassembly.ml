(* What arrived out of order, by first byte, never overlapping: [fill] cuts what comes
   down to the hole it falls into. [blocks] are the ranges to be reported by SACK, in
   the order in which they were last touched (RFC 2018 section 4). *)

module Map = Map.Make (Int)

type t = {
  mutable pieces : Cstruct.t Map.t;  (* by first byte *)
  mutable count : int;
  mutable cost : int;
  mutable blocks : (int * int) list;
}

(* Bounds the work that many tiny pieces make; 4 MiB of full segments. *)
let pieces_max = 4096

(* Ranges remembered for selective acknowledgement; a header has room for 4. *)
let blocks_max = 32
let create () = { pieces = Map.empty; count = 0; cost = 0; blocks = [] }
let is_empty t = t.count = 0
let cost t = t.cost
let count t = t.count
let blocks t = t.blocks
let stop start data = start + Cstruct.length data

let add t start data =
  t.pieces <- Map.add start data t.pieces;
  t.count <- t.count + 1;
  t.cost <- t.cost + Tcp_copybreak.cost data

let remove t start data =
  t.pieces <- Map.remove start t.pieces;
  t.count <- t.count - 1;
  t.cost <- t.cost - Tcp_copybreak.cost data

(* Each piece is covered once: however they overlap, an insertion takes a few
   steps on average. *)
let rec remove_covered t start finish =
  match Map.find_first_opt (fun key -> key >= start) t.pieces with
  | Some (key, held) when stop key held <= finish ->
      remove t key held;
      remove_covered t start finish
  | Some _ | None -> ()

(* Where the piece ends that holds the byte at [position], or [position]. *)
let held_until t position =
  match Map.find_last_opt (fun key -> key <= position) t.pieces with
  | Some (key, held) -> Int.max position (stop key held)
  | None -> position

(* Where a piece begins that goes on beyond [finish], or [finish]. *)
let next_begins t start finish =
  match Map.find_last_opt (fun key -> key < finish) t.pieces with
  | Some (key, held) when key >= start && stop key held > finish -> key
  | Some _ | None -> finish

let fill t start data =
  let finish = stop start data in
  let first = held_until t start in
  let last = next_begins t first finish in
  first < last && t.count < pieces_max
  && begin
    remove_covered t first last;
    add t first (Cstruct.sub data (first - start) (last - first));
    true
  end

let rec first_few n = function
  | [] -> []
  | _ when n = 0 -> []
  | block :: rest -> block :: first_few (n - 1) rest

(* The range grows over those that it meets or touches, and leads. *)
let touch t start finish =
  let apart (left, right) = right < start || left > finish in
  let others, joined = List.partition apart t.blocks in
  let widen (l, r) (left, right) = (Int.min l left, Int.max r right) in
  let block = List.fold_left widen (start, finish) joined in
  t.blocks <- block :: first_few (blocks_max - 1) others

let insert t start data =
  let fresh = fill t start data in
  if fresh then touch t start (stop start data);
  fresh

let forget_blocks t next =
  match t.blocks with
  | [] -> ()
  | blocks -> t.blocks <- List.filter (fun (_, right) -> right > next) blocks

(* Pieces before [next] have been received otherwise meanwhile. *)
let rec take_piece t next =
  match Map.min_binding_opt t.pieces with
  | Some (start, data) when start <= next ->
      remove t start data;
      if stop start data <= next then take_piece t next
      else Some (Cstruct.shift data (next - start))
  | Some _ | None -> None

let take t next =
  match take_piece t next with
  | None -> None
  | Some data ->
      forget_blocks t (next + Cstruct.length data);
      Some data

let clear t =
  t.pieces <- Map.empty;
  t.count <- 0;
  t.cost <- 0;
  t.blocks <- []
