let inputs = Case.setting "STACK_FUZZ" 80_000
let count = ref 0
let total () = !count
let int n = Random.State.int Seeded.state n
let pick array = array.(int (Array.length array))
let interesting = [| 0; 1; 2; 4; 7; 8; 20; 0x3f; 0x40; 0x7f; 0x80; 0xc0; 0xfe; 0xff |]

(* Neighbours on both sides, so that a view has an outside. *)
let placed bytes =
  let before = int 40 and after = int 40 in
  let whole = Cstruct.create (before + Cstruct.length bytes + after) in
  Cstruct.memset whole 0xa5;
  Cstruct.blit bytes 0 whole before (Cstruct.length bytes);
  Cstruct.sub whole before (Cstruct.length bytes)

let change b =
  if Cstruct.length b > 0 then begin
    let at = int (Cstruct.length b) in
    let value =
      match int 3 with
      | 0 -> int 256
      | 1 -> pick interesting
      | _ -> Cstruct.get_uint8 b at lxor (1 lsl int 8)
    in
    Cstruct.set_uint8 b at value
  end

let copy b = Cstruct.append b Cstruct.empty

let varied samples =
  let b = copy (pick samples) in
  for _ = 0 to int 4 do
    change b
  done;
  match int 4 with
  | 0 -> Cstruct.sub b 0 (int (Cstruct.length b + 1))
  | 1 -> Cstruct.append b (Seeded.bytes (int 20))
  | _ -> b

let mutant samples =
  incr count;
  placed (if int 8 = 0 then Seeded.bytes (int 100) else varied samples)

let show b = Format.asprintf "%a" Cstruct.hexdump_pp b

let guarded input run =
  match run () with
  | () -> ()
  | exception e -> failwith (Printf.sprintf "%s, by the input\n%s" (Printexc.to_string e) (show input))

let parser ?(repair = ignore) name ~samples ~parse ~marshal ~equal =
  let round_trip v =
    match parse (marshal v) with
    | Ok v' when equal v v' -> ()
    | Ok _ -> failwith "another value after marshalling"
    | Error _ -> failwith "not parsed after marshalling"
  in
  let accepted = ref 0 in
  let try_one input =
    match parse input with
    | Ok v ->
        incr accepted;
        round_trip v
    | Error _ -> ()
  in
  Case.case name (fun () ->
      List.iter
        (fun s -> Case.check ("sample refused\n" ^ show s) (Result.is_ok (parse s)))
        samples;
      let samples = Array.of_list samples in
      for _ = 1 to inputs do
        let input = mutant samples in
        if Random.State.bool Seeded.state then repair input;
        guarded input (fun () -> try_one input)
      done;
      Case.check "almost nothing was accepted" (!accepted > inputs / 1000))
