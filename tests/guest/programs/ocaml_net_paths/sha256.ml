module Hash = Mirage_crypto.Hash.SHA256

let empty = Hash.empty
let feed = Hash.feed
let text sum = Cstruct.to_string (Hash.get sum)
