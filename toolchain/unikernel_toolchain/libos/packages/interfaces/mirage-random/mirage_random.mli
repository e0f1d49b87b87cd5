(** Sources of random bytes (MirageOS 3.9, mirage-random 2.0). *)

module type S = sig
  type g
  (** A generator. *)

  val generate : ?g:g -> int -> Cstruct.t
  (** [generate n] is a fresh buffer of [n] random bytes, from [g] or else from
      the default generator. *)
end

module type C = S [@@ocaml.deprecated "Use Mirage_random.S."]
