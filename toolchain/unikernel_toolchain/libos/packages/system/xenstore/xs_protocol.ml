exception Enoent of string
exception Eagain
exception Eexist
exception Invalid
exception Error of string

module ACL = struct
  type perm = NONE | READ | WRITE | RDWR

  let letters = [ (NONE, 'n'); (READ, 'r'); (WRITE, 'w'); (RDWR, 'b') ]
  let char_of_perm perm = List.assoc perm letters

  let perm_of_char letter =
    List.find_map (fun (perm, its) -> if its = letter then Some perm else None) letters

  type domid = int
  type t = { owner : domid; other : perm; acl : (domid * perm) list }

  (* Domains' numbers are of 16 bits (xen/include/public/xen.h, domid_t). *)
  let domain_of text =
    let is_digit = function '0' .. '9' -> true | _ -> false in
    if text = "" || String.length text > 5 || not (String.for_all is_digit text) then None
    else
      match int_of_string_opt ("0u" ^ text) with
      | Some number when number < 0x10000 -> Some number
      | Some _ | None -> None

  let entry_of text =
    if text = "" then None
    else
      let domain = domain_of (String.sub text 1 (String.length text - 1)) in
      match (perm_of_char text.[0], domain) with
      | Some perm, Some domain -> Some (domain, perm)
      | _, _ -> None

  let all_of texts =
    List.fold_right
      (fun text found ->
         match (entry_of text, found) with
         | Some entry, Some entries -> Some (entry :: entries)
         | _, _ -> None)
      texts (Some [])

  let of_string text =
    match all_of (String.split_on_char '\000' text) with
    | Some ((owner, other) :: acl) -> Some { owner; other; acl }
    | Some [] | None -> None

  let to_string { owner; other; acl } =
    let written (domain, perm) = Printf.sprintf "%c%d" (char_of_perm perm) domain in
    String.concat "\000" (List.map written ((owner, other) :: acl))
end

module Token = struct
  type t = string

  let of_string text = text
  let to_string token = token
  let to_user_string token = token
  let to_debug_string token = String.escaped token
end
