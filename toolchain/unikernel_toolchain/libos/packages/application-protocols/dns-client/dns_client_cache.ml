(* A list in the order of ending: few entries, found by a walk. One from which an answer
   follows need not have the same key: a domain that does not exist has no record of any
   type (RFC 2308, section 5). *)

open Dns

type 'a outcome =
  | Data of 'a
  | No_data of Dns_name.t * Soa.t
  | No_domain of Dns_name.t * Soa.t
  | Failed of string

type entry =
  | Entry : {
      key : 'a Rr_map.key;
      name : Dns_name.t;
      scope : int;
      at : int64;
      until : int64;
      bytes : int;
      outcome : 'a outcome;
    }
      -> entry

type t = { size : int; bytes : int; mutable entries : entry list  (* the one that ends last first *) }
type (_, _) same = Same : ('a, 'a) same

let create ?bytes size =
  let bytes = match bytes with Some bytes -> bytes | None -> Memory_size.part 128 in
  { size; bytes; entries = [] }

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

let outcome_for (type a) (key : a Rr_map.key) name ~scope (Entry e) : a outcome option =
  if not (Domain_name.equal e.name name) then None
  else
    match (e.outcome, same e.key key) with
    | No_domain (zone, soa), _ -> Some (No_domain (zone, soa))
    | Failed why, Some Same -> if e.scope = scope then Some (Failed why) else None
    | outcome, Some Same -> Some outcome
    | _, None -> None

(* An answer that may not be kept stays for those who wait for it in this moment. *)
let moment_ns = 1_000_000_000L

let forget t ~now =
  t.entries <- List.filter (fun e -> Int64.add (until e) moment_ns > now) t.entries

let find t ~now ~since ~scope key name =
  forget t ~now;
  let is_good (Entry e) = e.until > now || e.at > since in
  let found e = if is_good e then outcome_for key name ~scope e else None in
  List.find_map found t.entries

let ends_last_first a b = Int64.compare (until b) (until a)

let rec within ~size ~bytes = function
  | Entry e :: rest when size > 0 && e.bytes <= bytes ->
      Entry e :: within ~size:(size - 1) ~bytes:(bytes - e.bytes) rest
  | _ -> []

(* One answer may not take more than a quarter of the room. *)
let add t ~now ~ttl_s ~bytes ~scope key name outcome =
  let until = Int64.add now (Int64.mul (Int64.of_int ttl_s) 1_000_000_000L) in
  let entry = Entry { key; name; scope; at = now; until; bytes; outcome } in
  let is_other e = Option.is_none (outcome_for key name ~scope e) in
  if bytes <= t.bytes / 4 then
    let others = List.filter is_other t.entries in
    t.entries <-
      within ~size:t.size ~bytes:t.bytes (List.merge ends_last_first [ entry ] others)
