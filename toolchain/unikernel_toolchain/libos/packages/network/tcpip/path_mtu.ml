(* What RFC 1191 calls a path MTU cache, bounded, as strangers decide how many
   destinations there are. Entries end by age rather than by a timer: a find that comes
   too late finds nothing. *)

let floor ~v6 = if v6 then 1280 else 576

(* RFC 1191's, and between them what tunnels leave of Ethernet's 1500. *)
let plateaus = [ 32_000; 17_914; 8166; 4352; 2002; 1492; 1400; 1280; 1006; 576 ]
let below current = List.find_opt (fun size -> size < current)

(* A report that would raise the size, or take it below the floor with IPv6, is a forgery
   or of another packet (RFC 5927, section 7). *)
let lowered ~v6 ~current ~reported =
  let floor = floor ~v6 in
  let reported = if reported > 0 then reported else Option.value (below current plateaus) ~default:floor in
  if reported >= current || current <= floor || (v6 && reported < floor) then None
  else Some (Int.max floor reported)

let common = 1280
let step_down ~v6 current = below current [ common; floor ~v6 ]

type 'destination entry = {
  destination : 'destination;
  mutable size : int;
  mutable until : int;
}

type 'destination t = {
  max_entries : int;
  table : ('destination, 'destination entry) Hashtbl.t;
  order : 'destination entry Queue.t;  (* as they came *)
}

let life_ns = 600_000_000_000

(* Of an entry, its address, and their places in table and queue. *)
let entry_bytes = 200

let create ~bytes =
  let max_entries = Int.max 1 (bytes / entry_bytes) in
  { max_entries; table = Hashtbl.create 1; order = Queue.create () }

let entries t = Hashtbl.length t.table

let find t ~now destination =
  match Hashtbl.find_opt t.table destination with
  | Some { size; until; _ } when now < until -> Some (size, until)
  | Some _ | None -> None

let drop_oldest t = Hashtbl.remove t.table (Queue.take t.order).destination

let add t entry =
  if entries t >= t.max_entries then drop_oldest t;
  Hashtbl.replace t.table entry.destination entry;
  Queue.add entry t.order

let learn t ~now destination size =
  let until = now + life_ns in
  match Hashtbl.find_opt t.table destination with
  | None -> add t { destination; size; until }
  | Some entry ->
      entry.size <- size;
      entry.until <- until
