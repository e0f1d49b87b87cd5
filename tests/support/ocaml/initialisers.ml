(* Initialisers of many kinds; what they have made outlives collections of every kind. *)
module Numbers = struct
  let table = Hashtbl.create 7
  let () = List.iter (fun i -> Hashtbl.replace table i (string_of_int i)) [1; 2; 3; 40; 500]
  let floats = [| 1.5; 2.5 |]
  let fresh = Array.init 300 (fun i -> Some (i, ref i))
  let named = ("a", `B, [ "c"; "d" ], Some 1.25, 7L, lazy (print_endline "forced"; 3))
end

module Make (X : sig val name : string val size : int end) = struct
  module Set = Set.Make (String)
  let set = Set.of_list [ X.name; "x"; "y" ]
  let buffer = Buffer.create X.size
  let put text = Buffer.add_string buffer (text ^ X.name)
  exception Odd of string
  let raising () = raise (Odd X.name)
end

module One = Make (struct let name = "one" let size = 10 end)
module Two = Make (struct let name = "two" let size = 1000 end)
class counter = object val mutable n = 0 method up = n <- n + 1; n end

let big = [| One.put; Two.put; (fun _ -> ()) |]
let count = new counter

let churn () =
  for round = 1 to 50 do
    ignore (Array.init 5_000 (fun i -> [ (i, float_of_int round) ]));
    if round mod 10 = 0 then Gc.full_major () else if round mod 3 = 0 then Gc.minor ()
  done;
  Gc.compact ()

let () =
  Array.iteri (fun i put -> put (string_of_int i)) big;
  churn ();
  Hashtbl.fold (fun k v all -> (k, v) :: all) Numbers.table []
  |> List.sort compare
  |> List.iter (fun (k, v) -> Format.printf "@[<2>%d:@ %s@]@." k v);
  let a, _, c, d, e, l = Numbers.named in
  Format.printf "%s %s %a %Ld %d@." a (String.concat "," c)
    Format.(pp_print_option pp_print_float) d e (Lazy.force l);
  Format.printf "%d %g@." (Array.length Numbers.fresh) (Array.fold_left ( +. ) 0. Numbers.floats);
  Format.printf "%s %s@." (Buffer.contents One.buffer) (Buffer.contents Two.buffer);
  (try One.raising () with One.Odd s -> Format.printf "odd %s@." s);
  (try Two.raising () with One.Odd s -> Format.printf "wrong %s@." s | e ->
      Format.printf "%s@." (Printexc.to_string e));
  ignore count#up;
  Format.printf "%d %d@." count#up (One.Set.cardinal Two.set);
  Format.printf "%d words@." (Obj.reachable_words (Obj.repr (Numbers.fresh, One.set, big)))
