(* A bigarray of one page more than is asked for has so many that begin at a page; the
   collector knows of the memory and returns it, as of any bigarray's. *)

open Bigarray

type buf = Cstruct.t
type t = (char, int8_unsigned_elt, c_layout) Array1.t

external get_addr : t -> (nativeint[@unboxed])
  = "unikernel_bytecode_unsupported" "unikernel_io_page_address"
[@@noalloc]

let page_size = 4096
let address_of_page = Nativeint.of_int page_size
let get_page page = Nativeint.unsigned_div (get_addr page) address_of_page
let past_page page = Nativeint.to_int (Nativeint.unsigned_rem (get_addr page) address_of_page)
let length = Array1.dim

let get count =
  if count < 1 || count > (max_int / page_size) - 1 then
    invalid_arg "Io_page.get: the number of pages has to be positive";
  let memory = Array1.create char c_layout ((count + 1) * page_size) in
  Array1.sub memory ((page_size - past_page memory) mod page_size) (count * page_size)

let get_order order =
  if order < 0 || order > Sys.int_size - 15 then invalid_arg "Io_page.get_order: no such order";
  get (1 lsl order)

let to_pages pages =
  List.init (length pages / page_size) (fun i -> Array1.sub pages (i * page_size) page_size)

let pages count = if count = 0 then [] else to_pages (get count)
let pages_order order = to_pages (get_order order)
let to_cstruct page = Cstruct.of_bigarray page
let get_buf ?(n = 1) () = to_cstruct (get n)

exception Buffer_is_not_page_aligned
exception Buffer_not_multiple_of_page_size

let of_cstruct_exn buffer =
  let page = Cstruct.to_bigarray buffer in
  if past_page page <> 0 then raise Buffer_is_not_page_aligned;
  if length page mod page_size <> 0 then raise Buffer_not_multiple_of_page_size;
  page

let to_string page = Cstruct.to_string (to_cstruct page)

let string_blit text from page index length =
  Cstruct.blit_from_string text from (to_cstruct page) index length

let blit = Array1.blit
let round_to_page_size bytes = (bytes + page_size - 1) / page_size * page_size
