open Dns

type entry = Entry : { key : 'a Rr_map.key; name : Dns_name.t; until : int64; value : 'a } -> entry
type t = { size : int; mutable entries : entry list  (* the one that ends last first *) }
type (_, _) same = Same : ('a, 'a) same

let create size = { size; entries = [] }

let same (type a b) (a : a Rr_map.key) (b : b Rr_map.key) : (a, b) same option =
  match (a, b) with
  | Soa, Soa -> Some Same
  | Ns, Ns -> Some Same
  | Mx, Mx -> Some Same
  | Cname, Cname -> Some Same
  | A, A -> Some Same
  | Aaaa, Aaaa -> Some Same
  | Ptr, Ptr -> Some Same
  | Srv, Srv -> Some Same
  | Txt, Txt -> Some Same
  | _ -> None

let until (Entry e) = e.until

let value_for (type a) (key : a Rr_map.key) name (Entry e) : a option =
  match same e.key key with
  | Some Same when Domain_name.equal e.name name -> Some e.value
  | _ -> None

let forget t ~now = t.entries <- List.filter (fun e -> until e > now) t.entries

let find t ~now key name =
  forget t ~now;
  List.find_map (value_for key name) t.entries

let ends_last_first a b = Int64.compare (until b) (until a)

let add t ~now key name value =
  let ttl_s = Int64.logand (Int64.of_int32 (Dns_client_query.ttl_s key value)) 0xffff_ffffL in
  let until = Int64.add now (Int64.mul ttl_s 1_000_000_000L) in
  let others = List.filter (fun e -> Option.is_none (value_for key name e)) t.entries in
  let sorted = List.merge ends_last_first [ Entry { key; name; until; value } ] others in
  t.entries <- List.filteri (fun i _ -> i < t.size) sorted
