module Map = Map.Make (Int)

type t = {
  mutable pieces : Cstruct.t Map.t;  (* by first byte *)
  mutable count : int;
  mutable bytes : int;
  mutable blocks : (int * int) list;
}

(* Bounds the memory that many tiny pieces take; 4 MiB of full segments. *)
let pieces_max = 4096

(* Ranges remembered for selective acknowledgement; a header tells 4. *)
let blocks_max = 32
let create () = { pieces = Map.empty; count = 0; bytes = 0; blocks = [] }
let is_empty t = t.count = 0
let bytes t = t.bytes
let blocks t = t.blocks
let stop start data = start + Cstruct.length data

let add t start data =
  t.pieces <- Map.add start data t.pieces;
  t.count <- t.count + 1;
  t.bytes <- t.bytes + Cstruct.length data

let remove t start data =
  t.pieces <- Map.remove start t.pieces;
  t.count <- t.count - 1;
  t.bytes <- t.bytes - Cstruct.length data

(* Fills the gaps of [start, finish) from [data], which begins at [start]. *)
let rec fill t start data =
  let length = Cstruct.length data in
  if length = 0 || t.count >= pieces_max then false
  else
    match Map.find_last_opt (fun key -> key <= start) t.pieces with
    | Some (key, held) when stop key held > start ->
        let covered = Int.min length (stop key held - start) in
        fill t (start + covered) (Cstruct.shift data covered)
    | Some _ | None -> fill_gap t start data

and fill_gap t start data =
  let length = Cstruct.length data in
  match Map.find_first_opt (fun key -> key > start) t.pieces with
  | Some (next, _) when next < start + length ->
      let gap = next - start in
      add t start (Cstruct.sub data 0 gap);
      ignore (fill t next (Cstruct.shift data gap) : bool);
      true
  | Some _ | None ->
      add t start data;
      true

let rec first_few n = function
  | [] -> []
  | _ when n = 0 -> []
  | block :: rest -> block :: first_few (n - 1) rest

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
  t.bytes <- 0;
  t.blocks <- []
