(* A frame's buffer begins with room for struct virtio_net_hdr_v1, behind a magic number
   and what the device can do. Transport protocols find it through the buffer under their
   view, so that offload needs no argument in MirageOS's interfaces; a buffer that was made
   otherwise has no magic number, and everything is done in software. *)

type capabilities = {
  checksum : bool;
  segmentation_v4 : bool;
  segmentation_v6 : bool;
}

let nothing =
  { checksum = false; segmentation_v4 = false; segmentation_v6 = false }

let size = 32
let device_header = 20
let capabilities_at = 8

(* Fields of struct virtio_net_hdr_v1. *)
let flags_at = device_header
let gso_type_at = device_header + 1
let header_length_at = device_header + 2
let gso_size_at = device_header + 4
let csum_start_at = device_header + 6
let csum_offset_at = device_header + 8
let needs_csum = 1
let data_valid = 2
let gso_tcpv4 = 1
let gso_tcpv6 = 4

external get_64 : Cstruct.buffer -> int -> int64 = "%caml_bigstring_get64"
external set_64 : Cstruct.buffer -> int -> int64 -> unit = "%caml_bigstring_set64"
external set_32 : Cstruct.buffer -> int -> int32 -> unit = "%caml_bigstring_set32"
external get_16 : Cstruct.buffer -> int -> int = "%caml_bigstring_get16"
external set_16 : Cstruct.buffer -> int -> int -> unit = "%caml_bigstring_set16"

let get_8 (b : Cstruct.buffer) i = Char.code (Bigarray.Array1.get b i)
let set_8 (b : Cstruct.buffer) i v = Bigarray.Array1.set b i (Char.chr v)

(* The first octet has the group bit set, so no frame addressed to one station
   begins like this. *)
let magic = 0x9d41_72e6_b80f_c355L
let checksum_bit = 1
let segmentation_v4_bit = 2
let segmentation_v6_bit = 4

let bits c =
  (if c.checksum then checksum_bit else 0)
  lor (if c.segmentation_v4 then segmentation_v4_bit else 0)
  lor if c.segmentation_v6 then segmentation_v6_bit else 0

let mark_received c buffer =
  if Bigarray.Array1.dim buffer < size then
    invalid_arg "Mirage_net_headroom.mark: the buffer is shorter than the headroom";
  set_64 buffer 0 magic;
  set_8 buffer capabilities_at (bits c)

let mark c buffer =
  mark_received c buffer;
  set_64 buffer device_header 0L;
  set_32 buffer (device_header + 8) 0l

let create c n =
  let whole = Cstruct.create (size + n) in
  mark c whole.Cstruct.buffer;
  Cstruct.shift whole size

let present (view : Cstruct.t) =
  view.off >= size
  && Bigarray.Array1.dim view.buffer >= size
  && Int64.equal (get_64 view.buffer 0) magic

let offered view bit =
  present view && get_8 view.Cstruct.buffer capabilities_at land bit <> 0

let capabilities view =
  if not (present view) then nothing
  else
    {
      checksum = offered view checksum_bit;
      segmentation_v4 = offered view segmentation_v4_bit;
      segmentation_v6 = offered view segmentation_v6_bit;
    }

let leave_checksum (view : Cstruct.t) ~field =
  offered view checksum_bit
  && begin
    set_8 view.buffer flags_at needs_csum;
    set_16 view.buffer csum_start_at (view.off - size);
    set_16 view.buffer csum_offset_at field;
    true
  end

let leave_segmentation (view : Cstruct.t) ~v6 ~header_length ~mss =
  set_8 view.buffer gso_type_at (if v6 then gso_tcpv6 else gso_tcpv4);
  set_16 view.buffer header_length_at (view.off - size + header_length);
  set_16 view.buffer gso_size_at mss

let is_segmented (view : Cstruct.t) =
  present view && get_8 view.buffer gso_type_at <> 0

let checksum_verified (view : Cstruct.t) =
  present view && get_8 view.buffer flags_at land (needs_csum lor data_valid) <> 0

let coalesced_segment_size (view : Cstruct.t) =
  if is_segmented view then get_16 view.buffer gso_size_at else 0
