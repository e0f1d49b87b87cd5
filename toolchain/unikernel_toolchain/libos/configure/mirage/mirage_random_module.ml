let name = "Mirage_crypto_rng_mirage.Make"
