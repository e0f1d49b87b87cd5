(* The devices of ~deps come after those of the functor's parameters: all counters are of one
   module, applied once, and the one called a is connected once. *)
module Main (C : Counter.S) = struct
  let start a b () (a' : C.t) =
    let first = C.next a in
    Printf.printf "%s counts %d, %s is %s\n" (C.name a) first (C.name a')
      (if C.next a' = first + 1 then "the same" else "another");
    Printf.printf "the other is %s\n" (C.name b);
    Lwt.return_unit
end
