let say name text = Printf.printf "%s=%s\n" name text

(* Keys have values when start is called, and not before. *)
let () =
  match Key_gen.text () with
  | exception Invalid_argument _ -> say "early" "refused"
  | text -> say "early" text

module Main (_ : Mirage_time.S) = struct
  let start _time =
    say "text" (Key_gen.text ());
    say "truth" (string_of_bool (Key_gen.truth ()));
    say "number" (string_of_int (Key_gen.number ()));
    say "numbers" (String.concat "+" (List.map string_of_int (Key_gen.numbers ())));
    say "perhaps" (Option.value (Key_gen.perhaps ()) ~default:"(none)");
    say "host" (Ipaddr.V4.to_string (Key_gen.host ()));
    say "network4" (Ipaddr.V4.Prefix.to_string (Key_gen.network4 ()));
    say "host6" (Ipaddr.V6.to_string (Key_gen.host6 ()));
    say "network6" (Ipaddr.V6.Prefix.to_string (Key_gen.network6 ()));
    say "on" (string_of_bool (Key_gen.on ()));
    say "must" (Key_gen.must ());
    say "paint" (match Key_gen.paint () with `Red -> "red" | `Blue -> "blue");
    say "fixed" (Key_gen.fixed ());
    say "late" (string_of_int (Key_gen.late_one ()));
    say "from_env" (Key_gen.from_env ());
    say "short" (string_of_int (Key_gen.short ()));
    Lwt.return_unit
end
