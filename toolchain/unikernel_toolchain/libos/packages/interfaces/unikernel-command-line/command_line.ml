let read = ref false
let is_read () = !read
let set_read () = read := true
