(* The diagram of RFC 9293 section 3.3.2 without LISTEN, one function a state so
   that the compiler asks for every event in each:

     CLOSED --Open--> SYN-SENT --Receive_syn_ack-----------> ESTABLISHED
        |                 | Receive_syn (both opened)            ^
        +--Receive_syn--> SYN-RECEIVED --Receive_ack_of_syn------+

     ESTABLISHED --Close--> FIN-WAIT-1 --Receive_ack_of_fin--> FIN-WAIT-2
          |                     | Receive_fin                      | Receive_fin
          | Receive_fin         v                                  v
          v                  CLOSING ----Receive_ack_of_fin--> TIME-WAIT
     CLOSE-WAIT --Close--> LAST-ACK --Receive_ack_of_fin--> CLOSED

   Give_up leads to CLOSED from every other state. A FIN that carries the acknowledgement
   of ours is two events, in that order: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT. *)

type t =
  | Closed
  | Syn_sent
  | Syn_received
  | Established
  | Fin_wait_1
  | Fin_wait_2
  | Close_wait
  | Closing
  | Last_ack
  | Time_wait

type event =
  | Open
  | Receive_syn
  | Receive_syn_ack
  | Receive_ack_of_syn
  | Close
  | Receive_fin
  | Receive_ack_of_fin
  | Give_up

let from_closed = function
  | Open -> Some Syn_sent
  | Receive_syn -> Some Syn_received
  | Receive_syn_ack | Receive_ack_of_syn | Close | Receive_fin
  | Receive_ack_of_fin | Give_up ->
      None

let from_syn_sent = function
  | Receive_syn -> Some Syn_received
  | Receive_syn_ack -> Some Established
  | Give_up -> Some Closed
  | Open | Receive_ack_of_syn | Close | Receive_fin | Receive_ack_of_fin ->
      None

let from_syn_received = function
  | Receive_ack_of_syn -> Some Established
  | Give_up -> Some Closed
  | Open | Receive_syn | Receive_syn_ack | Close | Receive_fin
  | Receive_ack_of_fin ->
      None

let from_established = function
  | Close -> Some Fin_wait_1
  | Receive_fin -> Some Close_wait
  | Give_up -> Some Closed
  | Open | Receive_syn | Receive_syn_ack | Receive_ack_of_syn
  | Receive_ack_of_fin ->
      None

let from_fin_wait_1 = function
  | Receive_ack_of_fin -> Some Fin_wait_2
  | Receive_fin -> Some Closing
  | Give_up -> Some Closed
  | Open | Receive_syn | Receive_syn_ack | Receive_ack_of_syn | Close -> None

let from_fin_wait_2 = function
  | Receive_fin -> Some Time_wait
  | Give_up -> Some Closed
  | Open | Receive_syn | Receive_syn_ack | Receive_ack_of_syn | Close
  | Receive_ack_of_fin ->
      None

let from_close_wait = function
  | Close -> Some Last_ack
  | Give_up -> Some Closed
  | Open | Receive_syn | Receive_syn_ack | Receive_ack_of_syn | Receive_fin
  | Receive_ack_of_fin ->
      None

let from_closing = function
  | Receive_ack_of_fin -> Some Time_wait
  | Give_up -> Some Closed
  | Open | Receive_syn | Receive_syn_ack | Receive_ack_of_syn | Close
  | Receive_fin ->
      None

let from_last_ack = function
  | Receive_ack_of_fin | Give_up -> Some Closed
  | Open | Receive_syn | Receive_syn_ack | Receive_ack_of_syn | Close
  | Receive_fin ->
      None

let from_time_wait = function
  | Give_up -> Some Closed
  | Open | Receive_syn | Receive_syn_ack | Receive_ack_of_syn | Close
  | Receive_fin | Receive_ack_of_fin ->
      None

let next = function
  | Closed -> from_closed
  | Syn_sent -> from_syn_sent
  | Syn_received -> from_syn_received
  | Established -> from_established
  | Fin_wait_1 -> from_fin_wait_1
  | Fin_wait_2 -> from_fin_wait_2
  | Close_wait -> from_close_wait
  | Closing -> from_closing
  | Last_ack -> from_last_ack
  | Time_wait -> from_time_wait

(* FIN takes a sequence number behind the data, so that a lost one is sent again
   until it is acknowledged: in FIN-WAIT-1, CLOSING and LAST-ACK. *)
let may_send = function
  | Established | Fin_wait_1 | Close_wait | Closing | Last_ack -> true
  | Closed | Syn_sent | Syn_received | Fin_wait_2 | Time_wait -> false

let name = function
  | Closed -> "CLOSED"
  | Syn_sent -> "SYN-SENT"
  | Syn_received -> "SYN-RECEIVED"
  | Established -> "ESTABLISHED"
  | Fin_wait_1 -> "FIN-WAIT-1"
  | Fin_wait_2 -> "FIN-WAIT-2"
  | Close_wait -> "CLOSE-WAIT"
  | Closing -> "CLOSING"
  | Last_ack -> "LAST-ACK"
  | Time_wait -> "TIME-WAIT"

let pp ppf state = Format.pp_print_string ppf (name state)
