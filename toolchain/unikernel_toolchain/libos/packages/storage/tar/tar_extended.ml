type t = {
  access_time : int64 option;
  charset : string option;
  comment : string option;
  group_id : int option;
  gname : string option;
  header_charset : string option;
  link_path : string option;
  mod_time : int64 option;
  path : string option;
  file_size : int64 option;
  user_id : int option;
  uname : string option;
}

let empty =
  {
    access_time = None;
    charset = None;
    comment = None;
    group_id = None;
    gname = None;
    header_charset = None;
    link_path = None;
    mod_time = None;
    path = None;
    file_size = None;
    user_id = None;
    uname = None;
  }

type record = string * string

let is_decimal s = s <> "" && String.for_all (fun c -> c >= '0' && c <= '9') s

(* A record's length counts all of it: itself, a blank, keyword, "=", value, a newline. *)
let records text =
  let damaged at = Error (Printf.sprintf "the pax record at byte %d is damaged" at) in
  let rec from at found =
    if at >= String.length text || text.[at] = '\000' then Ok (List.rev found)
    else
      match String.index_from_opt text at ' ' with
      | Some blank when blank - at <= 7 && is_decimal (String.sub text at (blank - at)) -> (
          let end_ = at + int_of_string (String.sub text at (blank - at)) in
          if end_ <= blank + 1 || end_ > String.length text || text.[end_ - 1] <> '\n' then damaged at
          else
            let record = String.sub text (blank + 1) (end_ - blank - 2) in
            match String.index_opt record '=' with
            | None -> damaged at
            | Some i ->
                let value = String.sub record (i + 1) (String.length record - i - 1) in
                from end_ ((String.sub record 0 i, value) :: found))
      | Some _ | None -> damaged at
  in
  from 0 []

(* "-1.5" is in the second that begins at -2. *)
let seconds text =
  let whole, rest =
    match String.index_opt text '.' with
    | Some i -> (String.sub text 0 i, String.sub text i (String.length text - i))
    | None -> (text, "")
  in
  let has_fraction = String.exists (fun c -> c >= '1' && c <= '9') rest in
  let down n = if has_fraction && text.[0] = '-' then Int64.pred n else n in
  Option.map down (Int64.of_string_opt whole)

let decimal text = if is_decimal text then Int64.of_string_opt text else None
let number text = Option.map Int64.to_int (decimal text)

(* An owner without a name is nobody, whatever the block says; a member keeps the block's name
   and numbers. *)
let of_records records =
  let add t (keyword, value) =
    let text = if value = "" then None else Some value in
    match keyword with
    | "atime" -> { t with access_time = Option.bind text seconds }
    | "charset" -> { t with charset = text }
    | "comment" -> { t with comment = text }
    | "gid" -> { t with group_id = Option.bind text number }
    | "gname" -> { t with gname = Some value }
    | "hdrcharset" -> { t with header_charset = text }
    | "linkpath" -> { t with link_path = text }
    | "mtime" -> { t with mod_time = Option.bind text seconds }
    | "path" -> { t with path = text }
    | "size" -> { t with file_size = Option.bind text decimal }
    | "uid" -> { t with user_id = Option.bind text number }
    | "uname" -> { t with uname = Some value }
    | _ -> t
  in
  List.fold_left add empty records

let keywords =
  [ "atime"; "charset"; "comment"; "gid"; "gname"; "hdrcharset"; "linkpath"; "mtime"; "path"; "size"; "uid"; "uname" ]

let latest records =
  let reversed = List.rev records in
  let last keyword = Option.map (fun value -> (keyword, value)) (List.assoc_opt keyword reversed) in
  List.filter_map last keywords

let unmarshal c =
  match records (Cstruct.to_string c) with
  | Ok records -> of_records records
  | Error sentence -> failwith ("Tar.Header.Extended.unmarshal: " ^ sentence)

let record (keyword, value) =
  let rest = Printf.sprintf " %s=%s\n" keyword value in
  let rec length guess =
    let all = String.length (string_of_int guess) + String.length rest in
    if all = guess then all else length all
  in
  string_of_int (length (String.length rest)) ^ rest

let marshal t =
  let int = Option.map string_of_int and int64 = Option.map Int64.to_string in
  [
    ("atime", int64 t.access_time);
    ("charset", t.charset);
    ("comment", t.comment);
    ("gid", int t.group_id);
    ("gname", t.gname);
    ("hdrcharset", t.header_charset);
    ("linkpath", t.link_path);
    ("mtime", int64 t.mod_time);
    ("path", t.path);
    ("size", int64 t.file_size);
    ("uid", int t.user_id);
    ("uname", t.uname);
  ]
  |> List.filter_map (fun (keyword, value) -> Option.map (fun v -> record (keyword, v)) value)
  |> String.concat ""
