type value = Unit | Connected of string
type t = { implementation : string; value : value }

let stateless implementation = { implementation; value = Unit }

let console =
  {
    implementation = "Console_unikernel";
    value = Connected {|Console_unikernel.connect "console"|};
  }

let table =
  [
    ("Mirage_time.S", stateless "OS.Time");
    ("Mirage_time_lwt.S", stateless "OS.Time");
    ("Mirage_clock.PCLOCK", stateless "Pclock");
    ("Mirage_clock_lwt.PCLOCK", stateless "Pclock");
    ("Mirage_clock.MCLOCK", stateless "Mclock");
    ("Mirage_clock_lwt.MCLOCK", stateless "Mclock");
    ("Mirage_console.S", console);
    ("Mirage_console_lwt.S", console);
    ("Mirage_random.S", stateless "Random_unikernel");
    ("Mirage_random.C", stateless "Random_unikernel");
  ]

let behind interface = List.assoc_opt interface table
let interfaces = List.map fst table
