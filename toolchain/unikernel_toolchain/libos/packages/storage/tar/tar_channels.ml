(* Reading a header takes a channel and nothing else, so what earlier ones said is found by the
   channel. Weak pointers keep none alive, and only those are here whose archive has a global
   header: mostly one or none. *)

type 'channel reading = {
  channel : 'channel Weak.t;
  known : Tar_members.t;
}

type 'channel t = { mutable all : 'channel reading list }

let create () = { all = [] }
let is_alive reading = Weak.check reading.channel 0

let is_of channel reading =
  match Weak.get reading.channel 0 with
  | Some it -> it == channel
  | None -> false

let take t channel =
  let these, others = List.partition (is_of channel) t.all in
  t.all <- List.filter is_alive others;
  match these with
  | [] -> Tar_members.start
  | { known; _ } :: _ -> known

let put t channel known =
  if Tar_members.has_global known then begin
    let weak = Weak.create 1 in
    Weak.set weak 0 (Some channel);
    t.all <- { channel = weak; known } :: t.all
  end
