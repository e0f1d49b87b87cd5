module type KEY = sig
  include Map.OrderedType
  module Source : Map.OrderedType

  val source : t -> Source.t
end

(* Three indices of the same entries: by key for arrivals, by age for what has
   waited longest, and that by source. A source that holds more than a quarter
   makes room for its own, so that its flood costs nobody else. *)
module Make (Key : KEY) = struct
  module By_key = Map.Make (Key)
  module By_age = Map.Make (Int)
  module By_source = Map.Make (Key.Source)

  type 'v entry = { age : int;  (** when it was touched *) entry_weight : int; value : 'v }
  type share = { share_weight : int; share_ages : Key.t By_age.t }

  type 'v t = {
    entries : 'v entry By_key.t;
    size : int;
    ages : Key.t By_age.t;
    shares : share By_source.t;
    next_age : int;
    weight : int;
    capacity : int;
    weigh : 'v -> int;
  }

  let empty ~weight capacity =
    { entries = By_key.empty; size = 0; ages = By_age.empty; shares = By_source.empty;
      next_age = 0; weight = 0; capacity; weigh = weight }

  let capacity t = t.capacity
  let resize capacity t = { t with capacity }
  let weight t = t.weight
  let size t = t.size

  let find key t =
    match By_key.find_opt key t.entries with Some { value; _ } -> Some value | None -> None

  let no_share = { share_weight = 0; share_ages = By_age.empty }

  let share source t = Option.value (By_source.find_opt source t.shares) ~default:no_share

  let set_share source share t =
    if By_age.is_empty share.share_ages then { t with shares = By_source.remove source t.shares }
    else { t with shares = By_source.add source share t.shares }

  let remove key t =
    match By_key.find_opt key t.entries with
    | None -> t
    | Some { age; entry_weight; _ } ->
        let source = Key.source key in
        let { share_weight; share_ages } = share source t in
        set_share source
          { share_weight = share_weight - entry_weight; share_ages = By_age.remove age share_ages }
          {
            t with
            entries = By_key.remove key t.entries;
            size = t.size - 1;
            ages = By_age.remove age t.ages;
            weight = t.weight - entry_weight;
          }

  let add key value t =
    let t = remove key t in
    let age = t.next_age and entry_weight = t.weigh value in
    let source = Key.source key in
    let { share_weight; share_ages } = share source t in
    set_share source
      { share_weight = share_weight + entry_weight; share_ages = By_age.add age key share_ages }
      {
        t with
        entries = By_key.add key { age; entry_weight; value } t.entries;
        size = t.size + 1;
        ages = By_age.add age key t.ages;
        next_age = age + 1;
        weight = t.weight + entry_weight;
      }

  let oldest_key ages = Option.map snd (By_age.min_binding_opt ages)
  let binding t key = (key, (By_key.find key t.entries).value)
  let oldest t = Option.map (binding t) (oldest_key t.ages)
  let by_age t = List.map (fun (_, key) -> binding t key) (By_age.bindings t.ages)

  (* [victim] names the next to go. *)
  let rec drop_while_heavy victim t =
    match victim t with
    | Some key when t.weight > t.capacity -> drop_while_heavy victim (remove key t)
    | Some _ | None -> t

  let trim t = drop_while_heavy (fun t -> oldest_key t.ages) t

  let make_room_for key t =
    let victim t =
      let { share_weight; share_ages } = share (Key.source key) t in
      oldest_key (if share_weight > t.capacity / 4 then share_ages else t.ages)
    in
    drop_while_heavy victim t
end
