type t = {
  name : string;
  avoid : now:int -> rtt:int -> acked:int -> window:int -> int;
  back_off : window:int -> in_flight:int -> int;
  restart : unit -> unit;
}
