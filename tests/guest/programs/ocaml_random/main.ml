module Main (Random_source : Mirage_random.S) = struct
  let start () =
    let bytes = Random_source.generate 32 in
    print_string "bytes ";
    String.iter (fun c -> Printf.printf "%02x" (Char.code c)) (Cstruct.to_string bytes);
    Random.self_init ();
    Printf.printf "\nRandom %x%x\n" (Random.bits ()) (Random.bits ());
    let counts = Array.make 256 0 in
    let note c = counts.(Char.code c) <- counts.(Char.code c) + 1 in
    String.iter note (Cstruct.to_string (Random_source.generate 65_536));
    if Array.for_all (fun count -> count > 150 && count < 370) counts then
      print_endline "spread"
end
