(** The words of a dhcpd.conf (dhcpd.conf(5)): blanks part them, and so do
    [{ } ; ,], each a word of its own. What is quoted is one word; [#] begins a
    remark up to the line's end. *)

type word = { text : string; quoted : bool; line : int  (** from 1 *) }

val of_text : string -> word list
(** @raise Failure for a quotation without an end, with its line. *)
