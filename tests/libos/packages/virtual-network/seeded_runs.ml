let only = Case.setting "STACK_RUN" (-1)
let state = ref Seeded.state
let below n = Random.State.full_int !state n
let chance percent = below 100 < percent
let with_probability p = Random.State.float !state 1. < p
let int32 bound = Random.State.int32 !state bound
let pick choices = choices.(below (Array.length choices))
let pick_of choices = List.nth choices (below (List.length choices))
let bytes n = Cstruct.of_string (String.init n (fun _ -> Char.chr (below 256)))
let counts : (string, int) Hashtbl.t = Hashtbl.create 31
let count what = Option.value (Hashtbl.find_opt counts what) ~default:0
let reach what = Hashtbl.replace counts what (count what + 1)

let current = ref 0
let number () = !current

let one run number =
  current := number;
  state := Random.State.make [| Seeded.seed; number |];
  match run () with
  | () -> ()
  | exception e ->
      let why = Printexc.to_string e in
      failwith (Printf.sprintf "run %d (STACK_RUN=%d repeats it): %s" number number why)

let all ?(default = 100_000) name run =
  let runs = Case.setting "STACK_RUNS" default in
  Case.case (Printf.sprintf "%s, %d runs" name runs) @@ fun () ->
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
