type units = int array

let longest = 255

(* ---- UTF-8 and UTF-16 *)

let is_refused c = c < ' ' || c = '\127' || String.contains "\"*/:<>?\\|" c

(* A damaged entry may hold what no name may, "/" among it: that becomes "_". *)
let add_utf_8 buffer code =
  if code < 0x80 && is_refused (Char.chr code) then Buffer.add_char buffer '_'
  else Buffer.add_utf_8_uchar buffer (if Uchar.is_valid code then Uchar.of_int code else Uchar.rep)

let of_units units =
  let buffer = Buffer.create (Array.length units) in
  let rec from i =
    if i < Array.length units then begin
      let unit = units.(i) in
      let next = if i + 1 < Array.length units then units.(i + 1) else 0 in
      if unit land 0xfc00 = 0xd800 && next land 0xfc00 = 0xdc00 then begin
        add_utf_8 buffer (0x10000 + ((unit land 0x3ff) lsl 10) + (next land 0x3ff));
        from (i + 2)
      end
      else begin
        add_utf_8 buffer unit;
        from (i + 1)
      end
    end
  in
  from 0;
  Buffer.contents buffer

(* The code point at [i] and its length in bytes: shortest forms alone (RFC 3629). *)
let decoded s i =
  let byte k = if i + k < String.length s then Char.code s.[i + k] else 0 in
  let continued k = byte k land 0xc0 = 0x80 in
  let low k = byte k land 0x3f in
  match byte 0 with
  | c when c < 0x80 -> Some (c, 1)
  | c when c land 0xe0 = 0xc0 && continued 1 ->
      let code = ((c land 0x1f) lsl 6) lor low 1 in
      if code >= 0x80 then Some (code, 2) else None
  | c when c land 0xf0 = 0xe0 && continued 1 && continued 2 ->
      let code = ((c land 0xf) lsl 12) lor (low 1 lsl 6) lor low 2 in
      if code >= 0x800 && Uchar.is_valid code then Some (code, 3) else None
  | c when c land 0xf8 = 0xf0 && continued 1 && continued 2 && continued 3 ->
      let code = ((c land 7) lsl 18) lor (low 1 lsl 12) lor (low 2 lsl 6) lor low 3 in
      if code >= 0x10000 && Uchar.is_valid code then Some (code, 4) else None
  | _ -> None

let utf_16 s =
  let rec from i units =
    if i = String.length s then Some (Array.of_list (List.rev units))
    else
      match decoded s i with
      | None -> None
      | Some (code, length) when code < 0x10000 -> from (i + length) (code :: units)
      | Some (code, length) ->
          let high = 0xd800 lor ((code - 0x10000) lsr 10) and low = 0xdc00 lor (code land 0x3ff) in
          from (i + length) (low :: high :: units)
  in
  from 0 []

(* ---- What a long name may be *)

let rec without_end name =
  let last = String.length name - 1 in
  if last >= 0 && (name.[last] = '.' || name.[last] = ' ') then without_end (String.sub name 0 last)
  else name

let to_units name =
  let kept = without_end name in
  let refused = String.to_seq kept |> Seq.filter is_refused |> List.of_seq in
  let sentence what = Error (Printf.sprintf "%S cannot be a name on FAT: %s" name what) in
  if kept = "" then sentence "nothing is left of it without dots and blanks at the end"
  else
    match (refused, utf_16 kept) with
    | c :: _, _ -> sentence (Printf.sprintf "%C in it" c)
    | [], None -> sentence "it is not UTF-8"
    | [], Some units when Array.length units > longest -> sentence "it has more than 255 characters"
    | [], Some units -> Ok units

(* Simple case folding of the alphabets that have case and are in Unicode's first blocks. *)
let fold unit =
  let pairs_even = unit >= 0x100 && unit <= 0x137 && unit lor 1 <> 0x131 || (unit >= 0x14a && unit <= 0x177) in
  let pairs_odd = (unit >= 0x139 && unit <= 0x148) || (unit >= 0x179 && unit <= 0x17e) in
  if (unit >= 0x61 && unit <= 0x7a) || (unit >= 0xe0 && unit <= 0xfe && unit <> 0xf7) then unit - 32
  else if unit = 0xff then 0x178
  else if pairs_even then unit land lnot 1
  else if pairs_odd then ((unit + 1) land lnot 1) - 1
  else if (unit >= 0x3b1 && unit <= 0x3c9 && unit <> 0x3c2) || (unit >= 0x430 && unit <= 0x44f) then
    unit - 32
  else if unit >= 0x450 && unit <= 0x45f then unit - 80
  else unit

let folded units = Array.map fold units

(* Most names are ASCII, and a directory has many. *)
let key name =
  let kept = without_end name in
  if String.for_all (fun c -> c < '\128') kept then String.uppercase_ascii kept
  else Option.fold ~none:kept ~some:(fun units -> of_units (folded units)) (utf_16 kept)

(* ---- Short names *)

let is_short_char c =
  (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || String.contains "$%'-_@~`!(){}^#&" c

let padded base extension = Printf.sprintf "%-8s%-3s" base extension

let cut name =
  match String.rindex_opt name '.' with
  | None -> (name, "")
  | Some i -> (String.sub name 0 i, String.sub name (i + 1) (String.length name - i - 1))

let short_fits units =
  if Array.exists (fun unit -> unit > 0x7f) units then None
  else
    let name = of_units units in
    let base, extension = cut name in
    let all = String.for_all is_short_char in
    let dotted = String.contains name '.' in
    let fits s least most = String.length s >= least && String.length s <= most && all s in
    if fits base 1 8 && fits extension (if dotted then 1 else 0) 3 then Some (padded base extension) else None

(* Of at most [n] characters: without blanks and dots, others as "_". *)
let squeezed s n =
  let shortened c = if is_short_char c then c else '_' in
  let kept = String.to_seq s |> Seq.filter (fun c -> c <> ' ' && c <> '.') |> Seq.map shortened in
  let all = String.of_seq kept in
  String.sub all 0 (min n (String.length all))

let alias units ~taken =
  let ascii unit = if unit < 0x80 then Char.chr unit else '_' in
  let name = String.of_seq (Seq.map ascii (Array.to_seq (folded units))) in
  let base, extension = cut name in
  let base, extension = if base = "" then (extension, "") else (base, extension) in
  let extension = squeezed extension 3 in
  let candidate stem n =
    let tail = "~" ^ string_of_int n in
    padded (squeezed stem (8 - String.length tail) ^ tail) extension
  in
  (* Of many names that begin alike each has a stem of its own after the first four. *)
  let own_stem = Printf.sprintf "%s%04X" (squeezed base 2) (Hashtbl.hash name land 0xffff) in
  let rec numbered n =
    let found = if n <= 4 then candidate base n else candidate own_stem (n - 4) in
    if taken found then numbered (n + 1) else found
  in
  numbered 1

(* Code page 437, of which every PC's font was; its upper half in Unicode. *)
let upper_437 =
  let code s i = fst (Option.get (decoded s i)) in
  let text =
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
    ^ "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}"
  in
  let rec from i =
    if i = String.length text then []
    else code text i :: from (i + snd (Option.get (decoded text i)))
  in
  lazy (Array.of_list (from 0))

let of_short bytes ~lower_base ~lower_extension =
  let buffer = Buffer.create 12 in
  let add lower c =
    let c = if lower then Char.lowercase_ascii c else c in
    let code = Char.code c in
    add_utf_8 buffer (if code < 128 then code else (Lazy.force upper_437).(code - 128))
  in
  let part from length lower =
    let rec last i = if i >= from && bytes.[i] = ' ' then last (i - 1) else i in
    for i = from to last (from + length - 1) do
      (* 05 stands for E5, which would be a deleted entry. *)
      add lower (if i = 0 && bytes.[0] = '\x05' then '\xe5' else bytes.[i])
    done
  in
  part 0 8 lower_base;
  if String.sub bytes 8 3 <> "   " then begin
    Buffer.add_char buffer '.';
    part 8 3 lower_extension
  end;
  Buffer.contents buffer

let checksum bytes =
  let step sum c = (((sum land 1) lsl 7) + (sum lsr 1) + Char.code c) land 0xff in
  String.fold_left step 0 bytes
