val name : string
(** The functor whose random bytes are cstructs, as {!Mirage_random.S} wants them. From its
    release 1.0 on mirage-crypto's own gives strings. *)
