module Files = Map.Make (String)

let run = Memory_block.run

type operation =
  | Write of string * int * string
  | Create of string
  | Remove of string
  | Mkdir of string
  | Failed of string

type step = {
  operation : operation;
  before : string Files.t;
  after : string Files.t;
  written : int;  (* requests when it was acknowledged *)
}

let names =
  [| "a"; "LONG.TXT"; "a name with blanks.text"; "dir/b"; "dir/a longer name than most.text";
     "dir/sub/c"; String.make 230 'w'; "dir/" ^ String.make 199 'v' |]

let letters n =
  let first = Seeded_runs.below 26 in
  String.init n (fun i -> Char.chr (97 + ((first + i) mod 26)))

let overwritten old at text =
  let size = max (String.length old) (at + String.length text) in
  let bytes = Bytes.make size '\000' in
  Bytes.blit_string old 0 bytes 0 (String.length old);
  Bytes.blit_string text 0 bytes at (String.length text);
  Bytes.to_string bytes

let operation files =
  let name = Seeded_runs.pick names in
  let size = String.length (Option.value ~default:"" (Files.find_opt name files)) in
  match Seeded_runs.below 10 with
  | 0 -> Create name
  | 1 | 2 -> Remove name
  | 3 -> Mkdir (Seeded_runs.pick [| "dir"; "dir/sub"; "other/deep" |])
  | 4 | 5 | 6 -> Write (name, size, letters (1 + Seeded_runs.below 3000))
  | _ -> Write (name, Seeded_runs.below (size + 700), letters (1 + Seeded_runs.below 9000))

let after files = function
  | Write (name, at, text) ->
      Files.add name (overwritten (Option.value ~default:"" (Files.find_opt name files)) at text) files
  | Create name -> Files.add name "" files
  | Remove name -> Files.remove name files
  | Mkdir _ | Failed _ -> files

(* ---- After the cut *)

(* Every byte is the old one or the new one, and none of the old are missing. *)
let between old new_ found =
  String.length found >= String.length old
  && String.length found <= String.length new_
  && begin
    let right = ref true in
    String.iteri
      (fun i c -> if not (c = new_.[i] || (i < String.length old && c = old.[i])) then right := false)
      found;
    !right
  end

let touched = function
  | Write (name, _, _) | Create name | Remove name | Failed name -> name
  | Mkdir _ -> ""

module Make (Fs : Mirage_fs.S) = struct
  let perform fs = function
    | Write (name, at, text) -> run (Fs.write fs name at (Cstruct.of_string text))
    | Create name -> run (Fs.create fs name)
    | Remove name -> run (Fs.destroy fs name)
    | Mkdir name -> run (Fs.mkdir fs name)
    | Failed _ -> Ok ()

  let content fs name =
    match run (Fs.size fs name) with
    | Error _ -> None
    | Ok size -> (
        match run (Fs.read fs name 0 (Int64.to_int size)) with
        | Ok pieces -> Some (Cstruct.copyv pieces)
        | Error _ -> failwith (name ^ " cannot be read"))

  (* What failed for want of room was never acknowledged; what it left is what the next finds. *)
  let rec from ~written fs files left =
    if left = 0 then []
    else
      let operation = operation files in
      let operation, after =
        match (perform fs operation, operation) with
        | Ok (), _ -> (operation, after files operation)
        | Error `No_space, (Write (name, _, _) | Create name) ->
            let text = content fs name in
            (Failed name, Files.update name (fun _ -> text) files)
        | Error (`File_already_exists | `No_directory_entry | `No_space), _ -> (Failed "", files)
        | Error e, _ -> failwith (Format.asprintf "%a" Fs.pp_write_error e)
      in
      let step = { operation; before = files; after; written = written (match operation with Failed _ -> false | _ -> true) } in
      step :: from ~written fs after (left - 1)

  let steps ~written fs many = from ~written fs Files.empty many

  (* A name that was half removed would be there by its alias. *)
  let check_names fs =
    let known = Array.to_list (Array.map Filename.basename names) @ [ "dir"; "sub"; "other"; "deep"; "afterwards" ] in
    let check_folder path =
      let unknown name = not (List.mem name known) in
      match run (Fs.listdir fs path) with
      | Ok found when List.exists unknown found -> failwith (List.find unknown found ^ " is there, which nobody made")
      | Ok _ | Error _ -> ()
    in
    List.iter check_folder [ ""; "dir"; "dir/sub"; "other"; "other/deep" ]

  let check fs all ~moment =
    let acknowledged, later = List.partition (fun step -> step.written <= moment) all in
    let acknowledged = match List.rev acknowledged with [] -> Files.empty | last :: _ -> last.after in
    let under_way = match later with [] -> None | first :: _ -> Some first in
    let touched = Option.fold ~none:"" ~some:(fun step -> touched step.operation) under_way in
    let check_file name text =
      if name <> touched && content fs name <> Some text then failwith (name ^ " is not what was acknowledged")
    in
    Files.iter check_file acknowledged;
    check_names fs;
    match under_way with
    | None -> ()
    | Some { operation = Mkdir _ | Failed _; _ } -> ()
    | Some { operation; before; after; _ } -> (
        let old = Files.find_opt touched before and new_ = Files.find_opt touched after in
        match (operation, content fs touched, old, new_) with
        | Write _, Some found, _, Some new_ when between (Option.value ~default:"" old) new_ found -> ()
        | Write _, None, None, _ -> ()
        | _, found, old, new_ when found = old || found = new_ -> ()
        | _ -> failwith (touched ^ " is neither what it was nor what it becomes"))

  let afterwards fs =
    match run (Fs.write fs "afterwards" 0 (Cstruct.of_string (letters 2000))) with
    | Ok () | Error `No_space -> ()
    | Error e -> failwith (Format.asprintf "afterwards: %a" Fs.pp_write_error e)
end
