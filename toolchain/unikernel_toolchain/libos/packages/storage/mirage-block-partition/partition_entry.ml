type kind = Mbr of int | Gpt of string

type t = {
  number : int;
  kind : kind;
  name : string;
  bootable : bool;
  first : int64;
  sectors : int64;
}

(* Sizes come from a table that anybody wrote: sums may overflow, differences of numbers
   that are not negative do not. *)
let is_inside ~first ~last t =
  Int64.compare t.first first >= 0
  && Int64.compare t.first last <= 0
  && Int64.compare t.sectors 0L > 0
  && Int64.compare t.sectors (Int64.succ (Int64.sub last t.first)) <= 0

let by_place a b = Int64.compare a.first b.first
let number t = string_of_int t.number

let rec overlap = function
  | a :: (b :: _ as rest) ->
      if Int64.compare (Int64.sub b.first a.first) a.sectors < 0 then Some (a, b)
      else overlap rest
  | _ -> None

let check ~first ~last partitions =
  match List.find_opt (fun t -> not (is_inside ~first ~last t)) partitions with
  | Some t -> Error ("partition " ^ number t ^ " does not lie on the block device")
  | None -> (
      match overlap (List.sort by_place partitions) with
      | Some (a, b) ->
          Error ("partitions " ^ number a ^ " and " ^ number b ^ " have sectors in common")
      | None -> Ok partitions)
