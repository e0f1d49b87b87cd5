(* T1 and T2 are half and seven eighths of the lease unless the server says otherwise (RFC
   2131, section 4.4.5). *)

type t = { renew_at : int64; rebind_at : int64; expires_at : int64 }

let infinite = 0xffff_ffffl
let default_s = 3600l
let shortest_pause = Duration.of_sec 1

let nanoseconds s =
  Int64.mul (Int64.logand (Int64.of_int32 s) 0xffff_ffffL) (Duration.of_sec 1)

(* A server's own T1 and T2 must be in order. A T1 next to nothing would have the
   client ask without end. *)
let t1_and_t2 ~length options =
  let find value = Option.map nanoseconds (List.find_map value options) in
  let t1 = find (function Dhcp_option.Renewal_t1 s -> Some s | _ -> None)
  and t2 = find (function Dhcp_option.Rebinding_t2 s -> Some s | _ -> None) in
  let half = Int64.div length 2L and most = Int64.div (Int64.mul length 7L) 8L in
  let t2 = match t2 with Some t2 when t2 > 0L && t2 < length -> t2 | _ -> most in
  let t1 = match t1 with Some t1 when t1 > 0L && t1 < t2 -> t1 | _ -> Int64.min half t2 in
  let t1 = Int64.max t1 (Int64.min shortest_pause half) in
  (t1, Int64.max t1 t2)

let of_lease ~since (ack : Dhcp_message.pkt) =
  match Option.value (Dhcp_lease.seconds ack) ~default:default_s with
  | s when Int32.equal s infinite -> None
  | s ->
      let length = nanoseconds s in
      let t1, t2 = t1_and_t2 ~length ack.options in
      let at span = Int64.add since span in
      Some { renew_at = at t1; rebind_at = at t2; expires_at = at length }
