(* xen: docs/man/xen-vbd-interface.7: 202 << 8 | disk << 4 | partition for the first 16 disks,
   1 << 28 | disk << 8 | partition for all others. *)

let letters = 26

let rec letters_of disk =
  let last = String.make 1 (Char.chr (Char.code 'a' + (disk mod letters))) in
  if disk < letters then last else letters_of ((disk / letters) - 1) ^ last

let named disk partition =
  Ok (Fmt.str "xvd%s%s" (letters_of disk) (if partition = 0 then "" else string_of_int partition))

let of_number number =
  if number lsr 8 = 202 then named ((number lsr 4) land 15) (number land 15)
  else if number lsr 28 = 1 then named ((number lsr 8) land 0xfffff) (number land 0xff)
  else Error "it is no number of a disk of Xen's: 51712 is xvda, 51728 is xvdb."

let is_name text =
  match Astring.String.cut ~sep:"xvd" text with
  | Some ("", rest) ->
      let disk, partition = Astring.String.span ~sat:Astring.Char.Ascii.is_lower rest in
      disk <> ""
      && String.length disk <= 3
      && Astring.String.for_all Astring.Char.Ascii.is_digit partition
      && String.length partition <= 3
  | Some _ | None -> false

let name id =
  let text = if Astring.String.is_prefix ~affix:"/dev/" id then Filename.basename id else id in
  let is_number = text <> "" && Astring.String.for_all Astring.Char.Ascii.is_digit text in
  match if is_number then int_of_string_opt text else None with
  | Some number -> of_number number
  | None ->
      if is_name text then Ok text
      else Error "it is neither the name of a disk of Xen's, as xvda is, nor its number, as 51712."
