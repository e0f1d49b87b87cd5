module Make = Mirage_crypto_rng_mirage.Make
