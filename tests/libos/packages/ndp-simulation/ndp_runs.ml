let runs = Case.setting "STACK_RUNS" 100_000
let only = Case.setting "STACK_RUN" (-1)
let state = ref Seeded.state
let below n = Random.State.int !state n
let chance percent = below 100 < percent
let pick choices = choices.(below (Array.length choices))
let bytes n = Cstruct.of_string (String.init n (fun _ -> Char.chr (below 256)))
let counts : (string, int) Hashtbl.t = Hashtbl.create 31
let count what = Option.value (Hashtbl.find_opt counts what) ~default:0
let reach what = Hashtbl.replace counts what (count what + 1)

let one run number =
  state := Random.State.make [| Seeded.seed; number |];
  match run () with
  | () -> ()
  | exception e ->
      let why = Printexc.to_string e in
      failwith (Printf.sprintf "run %d (STACK_RUN=%d repeats it): %s" number number why)

let all name run =
  Case.case name @@ fun () ->
  if only >= 0 then one run only
  else
    for number = 1 to runs do
      one run number
    done

let reached places =
  List.iter (fun what -> Printf.printf "        %-36s %d\n" what (count what)) places;
  if only < 0 then
    Case.case "every place was reached" (fun () ->
        List.iter (fun what -> Case.check ("never: " ^ what) (count what > 0)) places)
