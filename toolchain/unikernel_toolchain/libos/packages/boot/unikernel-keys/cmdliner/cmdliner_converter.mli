(** Converters that an application has written for Cmdliner. *)

val v : 'a Cmdliner.Arg.conv -> 'a Boot_converters.t
(** The same values from the same text. What Cmdliner's says of a wrong one becomes a
    sentence. *)
