let name = "Random_of_mirage_crypto.Make"
