type 'a t = 'a Seq.t

let iter = Seq.iter
