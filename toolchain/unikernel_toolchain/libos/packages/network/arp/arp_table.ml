(* Entries by address, and the addresses of each kind by age: what a flood makes
   too many of is found, and makes room, without a walk over the table; and no
   kind pushes out another. *)

module By_address = Ipaddr.V4.Map
module By_age = Map.Make (Int)

type dynamic = {
  mac : Macaddr.t;
  until : int;
  mutable used : bool;
  solicited : bool;
  claimant : (Macaddr.t * int) option;
}

type 'a incomplete = { waiter : 'a; tries : int }

type 'a entry =
  | Own
  | Static of Macaddr.t
  | Dynamic of dynamic
  | Incomplete of 'a incomplete
  | Failed of int

type kind = Permanents | Dynamics | Incompletes | Failures
type row = { addresses : Ipaddr.V4.t By_age.t; count : int }

type 'a t = {
  entries : (int * 'a entry) By_address.t;  (** with their age *)
  next_age : int;
  permanent : row;
  dynamic : row;
  incomplete : row;
  failed : row;
}

let no_row = { addresses = By_age.empty; count = 0 }

let empty =
  { entries = By_address.empty; next_age = 0; permanent = no_row; dynamic = no_row;
    incomplete = no_row; failed = no_row }

let kind = function
  | Own | Static _ -> Permanents
  | Dynamic _ -> Dynamics
  | Incomplete _ -> Incompletes
  | Failed _ -> Failures

let row t = function
  | Permanents -> t.permanent
  | Dynamics -> t.dynamic
  | Incompletes -> t.incomplete
  | Failures -> t.failed

let with_row t kind row =
  match kind with
  | Permanents -> { t with permanent = row }
  | Dynamics -> { t with dynamic = row }
  | Incompletes -> { t with incomplete = row }
  | Failures -> { t with failed = row }

let count t kind = (row t kind).count
let by_age t kind = Seq.map snd (By_age.to_seq (row t kind).addresses)

let find t ip =
  match By_address.find_opt ip t.entries with
  | Some (_, entry) -> Some entry
  | None -> None

let remove t ip =
  match By_address.find_opt ip t.entries with
  | None -> t
  | Some (age, entry) ->
      let { addresses; count } = row t (kind entry) in
      let row = { addresses = By_age.remove age addresses; count = count - 1 } in
      with_row { t with entries = By_address.remove ip t.entries } (kind entry) row

let put t ip entry =
  let t = remove t ip in
  let { addresses; count } = row t (kind entry) in
  let row = { addresses = By_age.add t.next_age ip addresses; count = count + 1 } in
  let entries = By_address.add ip (t.next_age, entry) t.entries in
  with_row { t with entries; next_age = t.next_age + 1 } (kind entry) row

let update t ip entry =
  let replace = Option.map (fun (age, _) -> (age, entry)) in
  { t with entries = By_address.update ip replace t.entries }

let bindings t = List.map (fun (ip, (_, entry)) -> (ip, entry)) (By_address.bindings t.entries)
