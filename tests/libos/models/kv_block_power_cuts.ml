(* packages: mirage-kv-block block-simulation virtual-network *)

(* Stores on a device whose power is cut: nothing acknowledged is lost, nothing is half done.

   Each run has a number, from which all chance in it comes: STACK_RUN=n repeats one.
   STACK_RUNS (200) is how many there are, STACK_SEED shifts them. In a run, one to four
   fibers set, replace and remove values of up to a third of a small device, alone and in
   batches, with readers among them. Then the power is cut after each sector that was
   written, or every few of them: what was not flushed is kept, lost, reordered or torn, or
   the program alone is killed. The store is opened again, checked, compared, and sometimes
   written to and cut once more. In some runs the device fails now and then.

   Property: what is there after a cut is what the first n changes have made, where n is at
   least the number of those that were acknowledged. *)

open Lwt.Infix
open Case
open Seeded_runs
module Key = Mirage_kv.Key
module Contents = Map.Make (String)

module Clock = struct
  let now_d_ps () = (20_000, Int64.of_int (number ()))
  let current_tz_offset_s () = None
  let period_d_ps () = None
end

module Store = Mirage_kv_block.Make (Cut_block) (Clock)

type change =
  | Set of string * string
  | Remove of string

(* ---- What a store must do *)

let is_below path text =
  let length = String.length path in
  String.length text > length && String.sub text 0 length = path && text.[length] = '/'

let is_dictionary contents path = Contents.exists (fun it _ -> is_below path it) contents
let goes_through_value contents path = Contents.exists (fun it _ -> is_below it path) contents

let apply contents = function
  | Set (path, _) when is_dictionary contents path -> Error "Value_expected"
  | Set (path, _) when goes_through_value contents path -> Error "Dictionary_expected"
  | Set (path, value) -> Ok (Contents.add path value contents)
  | Remove path when Contents.mem path contents || is_dictionary contents path ->
      Ok (Contents.filter (fun it _ -> it <> path && not (is_below path it)) contents)
  | Remove _ -> Error "Not_found"

let apply_all contents changes =
  List.fold_left (fun so_far change -> Result.bind so_far (fun it -> apply it change)) (Ok contents) changes

(* ---- What happened: requests in the order in which they came *)

type request = {
  changes : change list;
  asked_at : int;  (** events of the device until then *)
  mutable answer : (string, string) result option;
  mutable answered_at : int;
}

let name = function
  | `Not_found _ -> "Not_found"
  | `Value_expected _ -> "Value_expected"
  | `Dictionary_expected _ -> "Dictionary_expected"
  | `No_space -> "No_space"
  | `Storage_error _ -> "Storage_error"
  | `Read_only _ -> "Read_only"
  | `Damaged where -> failwith ("damaged: " ^ where)
  | `Too_many_retries _ | `Key_too_long _ -> "other"

let answered device request answer =
  request.answer <- Some answer;
  request.answered_at <- Cut_block.events device

let ask device history changes =
  let request = { changes; asked_at = Cut_block.events device; answer = None; answered_at = 0 } in
  history := request :: !history;
  request

let do_change store = function
  | Set (path, value) -> Store.set store (Key.v path) value
  | Remove path -> Store.remove store (Key.v path)

let single store device history change =
  let request = ask device history [ change ] in
  do_change store change >|= fun result ->
  answered device request (Result.map (fun () -> "") (Result.map_error name result))

let contains text part =
  let n = String.length part in
  let rec from at = at + n <= String.length text && (String.sub text at n = part || from (at + 1)) in
  from 0

(* A batch is asked for when its function ends, the last time that it does. *)
let batch store device history changes =
  let request = ref None in
  let f inner =
    Option.iter (fun it -> history := List.filter (fun other -> other != it) !history) !request;
    Lwt_list.iter_s (fun change -> do_change inner change >|= ignore) changes >|= fun () ->
    request := Some (ask device history changes)
  in
  let answer it = Option.iter (fun request -> answered device request it) !request in
  Lwt.catch
    (fun () -> Store.batch store f >|= fun () -> answer (Ok ""))
    (function
      | Failure why ->
          let known =
            [
              ("not in the store", "Not_found"); ("is a dictionary", "Value_expected");
              ("is a value", "Dictionary_expected"); ("no space", "No_space");
              ("cannot be written", "Read_only"); ("block device", "Storage_error");
              ("others changed", "Overtaken");
            ]
          in
          let _, name = List.find (fun (part, _) -> contains why part) known in
          answer (Error name);
          Lwt.return_unit
      | other -> Lwt.fail other)

(* ---- Chance *)

let some_path () =
  let name () = String.make 1 (Char.chr (97 + below 5)) in
  match below 12 with
  | 0 -> name ()
  | 1 | 2 | 3 -> name () ^ "/" ^ name ()
  | 4 -> "long/" ^ String.make (1 + below 250) 'l' ^ name () ^ "/" ^ String.make (1 + below 700) 'k'
  | 5 -> name () ^ "/" ^ name () ^ "/\xff\x00" ^ name ()
  | _ -> "many/" ^ string_of_int (below 60)

let some_value ~most =
  let length = match below 10 with 0 -> 0 | 1 | 2 -> below most | 3 | 4 -> below 9000 | _ -> below 200 in
  String.make length (Char.chr (32 + below 90)) ^ string_of_int (below 1000)

let some_change ~most () =
  match below 10 with
  | 0 -> Remove (pick [| "many"; "a"; "b"; "long"; "c/d" |])
  | 1 | 2 -> Remove (some_path ())
  | _ -> Set (some_path (), some_value ~most)

let rec read_all store key found =
  Store.list store key >>= function
  | Error e -> failwith (Format.asprintf "list: %a" Store.pp_error e)
  | Ok entries ->
      Lwt_list.fold_left_s
        (fun found (segment, kind) ->
           let key = Key.add key segment in
           match kind with
           | `Dictionary -> read_all store key found
           | `Value -> (
               Store.get store key >|= function
               | Ok value -> Contents.add (String.concat "/" (Key.segments key)) value found
               | Error e -> failwith (Format.asprintf "get: %a" Store.pp_error e)))
        found entries

(* Others write meanwhile: what is read is some state, whole. *)
let look store =
  let is_not_damaged = function
    | Error (`Damaged where) -> failwith ("damaged while it is read: " ^ where)
    | Ok _ | Error _ -> ()
  in
  Store.list store Key.empty >>= fun entries ->
  is_not_damaged entries;
  Store.get store (Key.v (some_path ())) >|= is_not_damaged

let fiber store device history ~most count =
  let rec next left =
    if left = 0 then Lwt.return_unit
    else
      (match below 12 with
       | 0 ->
           batch store device history (List.init (1 + below 6) (fun _ -> some_change ~most:(most / 4) ()))
       | 1 | 2 -> look store
       | _ -> single store device history (some_change ~most ()))
      >>= fun () -> next (left - 1)
  in
  next count

(* ---- Comparing *)

(* The states that the changes that were made have gone through, the first one first, with
   when each was asked for and acknowledged. *)
let states start history =
  let step (contents, made) request =
    let expected = apply_all contents request.changes in
    match (Option.get request.answer, expected) with
    | Ok _, Ok next -> (next, (request.asked_at, request.answered_at, next) :: made)
    | Error ("No_space" | "Storage_error" | "Read_only" | "Overtaken"), _ -> (contents, made)
    | Error name, Error expected when name = expected -> (contents, made)
    | Ok _, Error name -> failwith ("done, and not refused with " ^ name)
    | Error name, _ -> failwith ("refused with " ^ name)
  in
  let _, made = List.fold_left step (start, [ (-1, -1, start) ]) (List.rev history) in
  List.rev made

(* The last request of a store that has become read-only may have been made. *)
let doubtful states history =
  let failed request = request.answer = Some (Error "Storage_error") in
  let _, _, last = List.nth states (List.length states - 1) in
  List.filter failed history
  |> List.filter_map (fun request -> Result.to_option (apply_all last request.changes))

let possible states doubtful moment =
  let is_acknowledged (_, answered_at, _) = answered_at <= moment in
  let acknowledged, later = List.partition is_acknowledged states in
  let _, _, least = List.nth acknowledged (List.length acknowledged - 1) in
  let asked = List.filter (fun (asked_at, _, _) -> asked_at <= moment) later in
  (least :: List.map (fun (_, _, it) -> it) asked) @ doubtful

let compare_with possible found =
  let same = Contents.equal String.equal found in
  if not (List.exists same possible) then begin
    let show contents =
      Contents.fold (fun path value so_far -> Printf.sprintf "%s %s:%d" so_far path (String.length value)) contents ""
    in
    failwith
      (Printf.sprintf "%d states are possible, as\n%s\nand there is\n%s" (List.length possible)
         (show (List.hd possible)) (show found))
  end

(* ---- A run *)

let cuts = ref 0

(* Until the store was open, which flushes, the device may go back to the states [before]. *)
let rec session ~sector_size ~most ~depth ~before device start =
  let count = if depth = 0 then 25 else 6 in
  let is_failing = depth = 0 && chance 20 in
  let history = ref [] and opened_at = ref 0 in
  let fibers = if is_failing then 1 else 1 + below 4 in
  let found =
    Virtual_time.run (fun () ->
        Store.connect device >>= fun store ->
        opened_at := Cut_block.events device;
        if chance 50 then
          Cut_block.set_before device (fun _ -> if chance 30 then Lwt.pause () else Lwt.return_unit);
        if is_failing then Cut_block.set_fails device (fun () -> chance 2);
        Lwt.join (List.init fibers (fun _ -> fiber store device history ~most (count / fibers)))
        >>= fun () ->
        Cut_block.set_fails device (fun () -> false);
        read_all store Key.empty Contents.empty >>= fun found ->
        Store.disconnect store >|= fun () -> found)
  in
  check "what a block device is asked" (Cut_block.misuse device = None);
  let states = states start !history in
  let doubtful = if is_failing then doubtful states !history else [] in
  let _, _, last = List.nth states (List.length states - 1) in
  compare_with [ last ] found;
  if is_failing then reach "a device that fails";
  if doubtful <> [] then reach "a change that failed";
  if List.exists (fun it -> it.answer = Some (Error "No_space")) !history then reach "a full device";
  if List.exists (fun it -> List.length it.changes > 1 && it.answer = Some (Ok "")) !history then reach "a batch";
  if List.length states > 3 then reach "changes";
  let step = 1 + below (1 + (Cut_block.events device / 12)) in
  Cut_block.images device (fun moment image ->
      if moment mod step = 0 then
        let possible = if moment < !opened_at then before else possible states doubtful moment in
        after_cut ~sector_size ~most ~depth possible (image ()))

and after_cut ~sector_size ~most ~depth possible image =
  incr cuts;
  let how = below 6 in
  let image =
    if how = 0 then image
    else
      let how = Cut_block.[| Nothing_kept; All_kept; Any; Some_torn; Some_torn |].(how - 1) in
      Cut_block.cut ~sector_size ~below how image
  in
  let device = Cut_block.of_image ~sector_size image in
  let report, found =
    Virtual_time.run (fun () ->
        Store.check device >>= fun report ->
        Store.connect device >>= fun store ->
        read_all store Key.empty Contents.empty >|= fun found -> (report, found))
  in
  check (String.concat "; " report.problems) (report.problems = []);
  compare_with possible found;
  if depth = 0 && chance 3 then begin
    reach "a cut after a cut";
    let device = Cut_block.of_image ~sector_size image in
    session ~sector_size ~most ~depth:1 ~before:possible device found
  end

let run () =
  let sector_size = pick [| 512; 512; 4096 |] in
  let blocks = 24 + below 100 in
  let disk = Bytes.make (blocks * 4096) '\000' in
  let device = Cut_block.of_bytes ~sector_size disk in
  let () = Virtual_time.run (fun () -> Store.format device) in
  let disk = Bytes.copy (Cut_block.contents device) in
  let device = Cut_block.of_bytes ~sector_size disk and start = Contents.empty in
  session ~sector_size ~most:(blocks * 4096 / 3) ~depth:0 ~before:[ start ] device start

let () =
  all ~default:200 "power cuts" run;
  Printf.printf "        %d cuts\n" !cuts;
  reached
    [ "changes"; "a batch"; "a full device"; "a device that fails"; "a change that failed"; "a cut after a cut" ]
