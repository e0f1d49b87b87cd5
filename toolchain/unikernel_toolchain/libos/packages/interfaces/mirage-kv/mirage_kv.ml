module Key = struct
  type t = string list

  let empty = []
  let v path = List.filter (fun segment -> segment <> "") (String.split_on_char '/' path)

  let add t segment =
    if String.contains segment '/' then
      invalid_arg ("Mirage_kv.Key.add: a segment holds no \"/\": " ^ segment);
    if segment = "" then t else t @ [ segment ]

  let ( / ) = add
  let append = ( @ )
  let ( // ) = append
  let segments t = t

  let rec basename = function
    | [] -> ""
    | [ last ] -> last
    | _ :: below -> basename below

  let rec parent = function
    | [] | [ _ ] -> []
    | first :: below -> first :: parent below

  let compare = List.compare String.compare
  let equal = List.equal String.equal
  let to_string t = "/" ^ String.concat "/" t
  let pp ppf t = Format.pp_print_string ppf (to_string t)
end

type key = Key.t
type error = [ `Not_found of key | `Dictionary_expected of key | `Value_expected of key ]

let pp_error ppf error =
  let text =
    match error with
    | `Not_found key -> Key.to_string key ^ " is not in the store"
    | `Dictionary_expected key -> Key.to_string key ^ " is a value, not a dictionary"
    | `Value_expected key -> Key.to_string key ^ " is a dictionary, not a value"
  in
  Format.pp_print_string ppf text

module type RO = sig
  type nonrec error = private [> error ]

  val pp_error : error Fmt.t

  include Mirage_device.S

  type key = Key.t

  val exists : t -> key -> ([ `Value | `Dictionary ] option, error) result Lwt.t
  val get : t -> key -> (string, error) result Lwt.t
  val list : t -> key -> ((string * [ `Value | `Dictionary ]) list, error) result Lwt.t
  val last_modified : t -> key -> (int * int64, error) result Lwt.t
  val digest : t -> key -> (string, error) result Lwt.t
end

type write_error = [ error | `No_space | `Too_many_retries of int ]

let pp_write_error ppf = function
  | #error as e -> pp_error ppf e
  | `No_space -> Format.pp_print_string ppf "no space is left in the store"
  | `Too_many_retries n ->
      let text = "others changed the store each of the " ^ string_of_int n in
      Format.pp_print_string ppf (text ^ " times that the batch was tried")

module type RW = sig
  include RO

  type nonrec write_error = private [> write_error ]

  val pp_write_error : write_error Fmt.t
  val set : t -> key -> string -> (unit, write_error) result Lwt.t
  val remove : t -> key -> (unit, write_error) result Lwt.t
  val batch : t -> ?retries:int -> (t -> 'a Lwt.t) -> 'a Lwt.t
end
