module Make (Key : Map.OrderedType) = struct
  module By_key = Map.Make (Key)

  module By_age = Map.Make (Int)

  type 'v t = {
    entries : (int * 'v) By_key.t;  (** with when each was touched *)
    ages : Key.t By_age.t;
    next_age : int;
    weight : int;
    capacity : int;
    weigh : 'v -> int;
  }

  let empty ~weight capacity =
    let entries = By_key.empty and ages = By_age.empty in
    { entries; ages; next_age = 0; weight = 0; capacity; weigh = weight }

  let capacity t = t.capacity
  let weight t = t.weight
  let size t = By_key.cardinal t.entries
  let find key t = Option.map snd (By_key.find_opt key t.entries)

  let remove key t =
    match By_key.find_opt key t.entries with
    | None -> t
    | Some (age, v) ->
        let entries = By_key.remove key t.entries in
        let ages = By_age.remove age t.ages in
        { t with entries; ages; weight = t.weight - t.weigh v }

  let add key v t =
    let t = remove key t in
    {
      t with
      entries = By_key.add key (t.next_age, v) t.entries;
      ages = By_age.add t.next_age key t.ages;
      next_age = t.next_age + 1;
      weight = t.weight + t.weigh v;
    }

  let oldest t =
    Option.map
      (fun (_, key) -> (key, snd (By_key.find key t.entries)))
      (By_age.min_binding_opt t.ages)

  let rec trim t =
    match oldest t with
    | Some (key, _) when t.weight > t.capacity -> trim (remove key t)
    | _ -> t
end
