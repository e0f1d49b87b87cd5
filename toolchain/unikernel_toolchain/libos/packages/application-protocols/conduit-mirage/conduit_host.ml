(* conduit's endpoint holds one address; a host may have many. The address that stands for
   a host is therefore a value of its own, and found again by being the same value in
   memory, which no address that a program makes can be. *)

type t = {
  name : string;
  addresses : Happy_eyeballs.family -> (Ipaddr.t list, string) result Lwt.t;
}

let max_known = 64
let known : (Ipaddr.t * t) list ref = ref []

(* The same address may be of several hosts: each resolution gives a value of its own. *)
let fresh : Ipaddr.t -> Ipaddr.t = function
  | V4 ip -> V4 (Sys.opaque_identity ip)
  | V6 ip -> V6 (Sys.opaque_identity ip)

let register ip host =
  let ip = fresh ip in
  known := List.filteri (fun i _ -> i < max_known) ((ip, host) :: !known);
  ip

let find ip = List.assq_opt ip !known
