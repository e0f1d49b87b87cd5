type t = { mutable left : int }

let create left = { left }
let spend t bytes = t.left <- t.left - bytes
let is_spent t = t.left <= 0
