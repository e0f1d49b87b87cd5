(** Archives in memory. *)

type in_channel
type out_channel

val make_in_channel : Cstruct.t -> in_channel
val make_out_channel : unit -> out_channel
val to_string : out_channel -> string
val to_cstruct : out_channel -> Cstruct.t

val really_read : in_channel -> Cstruct.t -> unit
(** @raise End_of_file *)

val really_write : out_channel -> Cstruct.t -> unit

module Header : sig
  include module type of struct
    include Tar.Header
  end

  val get_next_header : ?level:compatibility -> in_channel -> t
  (** @raise End_of_stream behind the last member. *)
end

module Archive : sig
  val with_next_file : in_channel -> (in_channel -> Header.t -> 'a) -> 'a
  val list : ?level:Header.compatibility -> in_channel -> Header.t list
end
