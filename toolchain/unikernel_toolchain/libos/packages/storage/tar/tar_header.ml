type compatibility = OldGNU | GNU | V7 | Ustar | Posix

let compatibility_level = ref V7

module Link = Tar_link
module Extended = Tar_extended

type t = {
  file_name : string;
  file_mode : int;
  user_id : int;
  group_id : int;
  file_size : int64;
  mod_time : int64;
  link_indicator : Link.t;
  link_name : string;
  uname : string;
  gname : string;
  devmajor : int;
  devminor : int;
  extended : Extended.t option;
}

let make ?(file_mode = 0o400) ?(user_id = 0) ?(group_id = 0) ?(mod_time = 0L)
    ?(link_indicator = Link.Normal) ?(link_name = "") ?(uname = "") ?(gname = "") ?(devmajor = 0)
    ?(devminor = 0) file_name file_size =
  {
    file_name;
    file_mode;
    user_id;
    group_id;
    file_size;
    mod_time;
    link_indicator;
    link_name;
    uname;
    gname;
    devmajor;
    devminor;
    extended = None;
  }

let length = 512
let zero_block = Cstruct.create length

exception Checksum_mismatch
exception End_of_stream

let to_hex s =
  String.concat " " (List.map (fun c -> Printf.sprintf "%02x" (Char.code c)) (List.of_seq (String.to_seq s)))

let to_detailed_string t =
  let line (name, value) = Printf.sprintf "  %s: %s;\n" name value in
  let lines =
    [
      ("file_name", t.file_name);
      ("file_mode", Printf.sprintf "0o%o" t.file_mode);
      ("user_id", string_of_int t.user_id);
      ("group_id", string_of_int t.group_id);
      ("file_size", Int64.to_string t.file_size);
      ("mod_time", Int64.to_string t.mod_time);
      ("link_indicator", Link.to_string t.link_indicator);
      ("link_name", t.link_name);
      ("uname", t.uname);
      ("gname", t.gname);
    ]
  in
  "{\n" ^ String.concat "" (List.map line lines) ^ "}"

(* ---- Fields: where each begins, and how long it is (POSIX.1-2017, "ustar Interchange
   Format"). *)

type field = int * int

let name : field = (0, 100)
let mode : field = (100, 8)
let uid : field = (108, 8)
let gid : field = (116, 8)
let size : field = (124, 12)
let mtime : field = (136, 12)
let checksum : field = (148, 8)
let type_at = 156
let link_name : field = (157, 100)
let magic : field = (257, 8)
let uname : field = (265, 32)
let gname : field = (297, 32)
let major : field = (329, 8)
let minor : field = (337, 8)
let prefix : field = (345, 155)
let ustar_magic = "ustar\00000"
let gnu_magic = "ustar  \000"
let flag c = Cstruct.get_char c type_at
let raw c (at, length) = Cstruct.to_string ~off:at ~len:length c

let text c field =
  let s = raw c field in
  match String.index_opt s '\000' with
  | Some i -> String.sub s 0 i
  | None -> s

(* GNU's base 256: the first bit is set, the rest is big-endian and signed. *)
let base_256 s =
  let first = Char.code s.[0] in
  let start = if first land 0x40 <> 0 then -1L else 0L in
  let add n c = Int64.logor (Int64.shift_left n 8) (Int64.of_int (Char.code c)) in
  let low = Int64.of_int (first land 0x3f) in
  let head = Int64.logor (Int64.shift_left start 6) low in
  String.fold_left add head (String.sub s 1 (String.length s - 1))

let octal s =
  let digits = String.to_seq s |> Seq.filter (fun c -> c >= '0' && c <= '7') |> String.of_seq in
  if digits = "" then 0L else Option.value ~default:0L (Int64.of_string_opt ("0o" ^ digits))

let number c field =
  let s = raw c field in
  if Char.code s.[0] land 0x80 <> 0 then base_256 s else octal s

let int c field = Int64.to_int (number c field)

(* Some old programs summed signed bytes. *)
let sums c =
  let at, length = checksum in
  let unsigned = ref 0 and signed = ref 0 in
  for i = 0 to 511 do
    let byte = if i >= at && i < at + length then 32 else Cstruct.get_uint8 c i in
    unsigned := !unsigned + byte;
    signed := !signed + if byte > 127 then byte - 256 else byte
  done;
  (!unsigned, !signed)

let is_zero c =
  let rec from i = i = length || (Cstruct.get_uint8 c i = 0 && from (i + 1)) in
  from 0

let name_of c =
  let last = text c name in
  let above = if raw c magic = gnu_magic || text c magic = "" then "" else text c prefix in
  if above = "" || String.sub (raw c magic) 0 5 <> "ustar" then last else above ^ "/" ^ last

(* Before POSIX a directory was a name with "/" at its end. *)
let link_of c name =
  let link = Link.of_flag (flag c) in
  if link = Normal && name <> "" && name.[String.length name - 1] = '/' then Link.Directory else link

let unmarshal ?level:_ ?extended c =
  if is_zero c then None
  else begin
    let unsigned, signed = sums c in
    let said = Int64.to_int (octal (raw c checksum)) in
    if said <> unsigned && said <> signed then raise Checksum_mismatch;
    let pax = Option.value ~default:Extended.empty extended in
    let has_owners = String.sub (raw c magic) 0 5 = "ustar" in
    let file_name = Option.value ~default:(name_of c) pax.path in
    let owner field said = Option.value ~default:(if has_owners then text c field else "") said in
    Some
      {
        file_name;
        file_mode = int c mode;
        user_id = Option.value ~default:(int c uid) pax.user_id;
        group_id = Option.value ~default:(int c gid) pax.group_id;
        file_size = Option.value ~default:(number c size) pax.file_size;
        mod_time = Option.value ~default:(number c mtime) pax.mod_time;
        link_indicator = link_of c file_name;
        link_name = Option.value ~default:(text c link_name) pax.link_path;
        uname = owner uname pax.uname;
        gname = owner gname pax.gname;
        devmajor = (if has_owners then int c major else 0);
        devminor = (if has_owners then int c minor else 0);
        extended;
      }
  end

(* ---- Writing *)

let fits t =
  let within s (_, length) = String.length s <= length in
  within t.file_name name && within t.link_name link_name && within t.uname uname && within t.gname gname

let set_text c (at, _) s = Cstruct.blit_from_string s 0 c at (String.length s)

let set_number c (at, length) n =
  let digits = Printf.sprintf "%0*Lo" (length - 1) n in
  if Int64.compare n 0L >= 0 && String.length digits < length then set_text c (at, length) (digits ^ "\000")
  else begin
    for i = 0 to length - 1 do
      let shift = 8 * (length - 1 - i) in
      let n = if shift > 63 then Int64.shift_right n 63 else Int64.shift_right n shift in
      Cstruct.set_uint8 c (at + i) (Int64.to_int n land 0xff)
    done;
    Cstruct.set_uint8 c at (Cstruct.get_uint8 c at lor 0x80)
  end

let set_sum c = set_text c checksum (Printf.sprintf "%06o\000 " (fst (sums c)))

let set_flag c flag =
  Cstruct.set_char c type_at flag;
  set_sum c

let marshal ?level c t =
  if not (fits t) then invalid_arg ("Tar.Header.marshal: a header has no room for " ^ t.file_name);
  let level = Option.value ~default:!compatibility_level level in
  let set_int field n = set_number c field (Int64.of_int n) in
  Cstruct.memset (Cstruct.sub c 0 length) 0;
  set_text c name t.file_name;
  set_int mode t.file_mode;
  set_int uid t.user_id;
  set_int gid t.group_id;
  set_number c size t.file_size;
  set_number c mtime t.mod_time;
  Cstruct.set_char c type_at (Link.to_flag t.link_indicator);
  set_text c link_name t.link_name;
  if level <> V7 then begin
    set_text c magic (if level = GNU || level = OldGNU then gnu_magic else ustar_magic);
    set_text c uname t.uname;
    set_text c gname t.gname;
    set_int major t.devmajor;
    set_int minor t.devminor
  end;
  set_sum c

let compute_zero_padding_length t =
  let over = Int64.to_int (Int64.rem t.file_size 512L) in
  if over <= 0 then 0 else length - over

let zero_padding t = Cstruct.sub zero_block 0 (compute_zero_padding_length t)
let to_sectors t = Int64.div (Int64.add t.file_size 511L) 512L
