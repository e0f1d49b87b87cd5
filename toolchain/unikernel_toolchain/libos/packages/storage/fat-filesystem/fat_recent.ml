type 'value one = {
  value : 'value;
  weight : int;
  mutable used : int;
}

type ('key, 'value) t = {
  most : int;
  most_weight : int;
  all : ('key, 'value one) Hashtbl.t;
  mutable weight : int;
  mutable uses : int;
}

let create ~most ~most_weight = { most; most_weight; all = Hashtbl.create most; weight = 0; uses = 0 }

let use t =
  t.uses <- t.uses + 1;
  t.uses

let find t key =
  match Hashtbl.find_opt t.all key with
  | None -> None
  | Some one ->
      one.used <- use t;
      Some one.value

let remove t key =
  match Hashtbl.find_opt t.all key with
  | None -> ()
  | Some { weight; _ } ->
      t.weight <- t.weight - weight;
      Hashtbl.remove t.all key

let reset t =
  Hashtbl.reset t.all;
  t.weight <- 0

let remove_oldest t =
  let older key one = function
    | Some (used, _) as oldest when used < one.used -> oldest
    | Some _ | None -> Some (one.used, key)
  in
  Option.iter (fun (_, key) -> remove t key) (Hashtbl.fold older t.all None)

let put t key ~weight value =
  remove t key;
  while Hashtbl.length t.all >= t.most || (Hashtbl.length t.all > 0 && t.weight + weight > t.most_weight) do
    remove_oldest t
  done;
  t.weight <- t.weight + weight;
  Hashtbl.replace t.all key { value; weight; used = use t }
