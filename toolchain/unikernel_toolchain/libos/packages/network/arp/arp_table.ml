(* Entries by address, and the addresses of each kind by age: what a flood makes
   too many of is found, and makes room, without a walk over the table; and no
   kind pushes out another. *)

module By_address = Ipaddr.V4.Map
module By_age = Map.Make (Int)

type learned = {
  mac : Macaddr.t;
  until : int;
  mutable used : bool;
  asked_for : bool;
  rival : (Macaddr.t * int) option;
}

type 'a asked = { waiter : 'a; tries : int }

type 'a entry =
  | Own
  | Static of Macaddr.t
  | Learned of learned
  | Asked of 'a asked
  | Absent of int

type kind = Permanent | Learning | Asking | Missing
type row = { addresses : Ipaddr.V4.t By_age.t; count : int }

type 'a t = {
  entries : (int * 'a entry) By_address.t;  (** with their age *)
  next_age : int;
  permanent : row;
  learning : row;
  asking : row;
  missing : row;
}

let no_row = { addresses = By_age.empty; count = 0 }

let empty =
  { entries = By_address.empty; next_age = 0; permanent = no_row; learning = no_row;
    asking = no_row; missing = no_row }

let kind = function
  | Own | Static _ -> Permanent
  | Learned _ -> Learning
  | Asked _ -> Asking
  | Absent _ -> Missing

let row t = function
  | Permanent -> t.permanent
  | Learning -> t.learning
  | Asking -> t.asking
  | Missing -> t.missing

let with_row t kind row =
  match kind with
  | Permanent -> { t with permanent = row }
  | Learning -> { t with learning = row }
  | Asking -> { t with asking = row }
  | Missing -> { t with missing = row }

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
