"""Which package of Debian or Ubuntu brings a findlib package. Data, of Debian 12 and 13."""

from __future__ import annotations

# Where the name is not lib<findlib name>-ocaml-dev.
_EXCEPTIONS = {
    "angstrom.lwt": "libangstrom-ocaml-dev",
    "compiler-libs": "ocaml-compiler-libs",
    "cohttp-lwt": "libcohttp-lwt-ocaml-dev",
    "ctypes": "libctypes-ocaml-dev",
    "cstruct-lwt": "libcstruct-ocaml-dev",
    "cstruct-sexp": "libcstruct-ocaml-dev",
    "cstruct-unix": "libcstruct-ocaml-dev",
    "fileutils": "libfileutils-ocaml-dev",
    "gmp": "libgmp-ocaml-dev",
    "ipaddr-cstruct": "libipaddr-ocaml-dev",
    "ipaddr-sexp": "libipaddr-ocaml-dev",
    "macaddr": "libipaddr-ocaml-dev",
    "macaddr-cstruct": "libipaddr-ocaml-dev",
    "macaddr-sexp": "libipaddr-ocaml-dev",
    "lwt_ppx": "liblwt-ocaml-dev",
    "lwt_react": "liblwt-ocaml-dev",
    "menhirLib": "libmenhir-ocaml-dev",
    "mirage-crypto-ec": "libmirage-crypto-ocaml-dev",
    "mirage-crypto-pk": "libmirage-crypto-ocaml-dev",
    "mirage-crypto-rng": "libmirage-crypto-ocaml-dev",
    "pcre": "libpcre-ocaml-dev",
    "ppx_cstruct": "libcstruct-ocaml-dev",
    "seq": "ocaml-findlib",
    "str": "ocaml",
    "zarith": "libzarith-ocaml-dev",
}
# Those that fit the pattern.
_REGULAR = frozenset(
    """alcotest angstrom asn1-combinators astring base base64 batteries bigarray-compat bigstringaf
    bitstring biniou bos camlp-streams cmdliner cohttp conduit crowbar csexp cstruct csv
    digestif domain-name duration easy-format eqaf extlib fieldslib fmt fpath gen gmap graphics
    hex hmap integers ipaddr js-of jsonm logs lwt mirage-crypto mtime num ocamlgraph
    ocplib-endian parsexp pbkdf pprint ptime ptmap ppx-derivers ppx-deriving ppx-sexp-conv
    ppxlib qcheck re react reactivedata result rope rresult sedlex sexplib sexplib0 sha sqlite3
    stdio stringext topkg trie tyxml uri uucp uunf uuseg uuidm uutf variantslib x509 xml-light
    xmlm yojson zed""".split()  # noqa: SIM905
)


def package_of(findlib_name: str) -> tuple[str, bool]:
    """Return the apt package that brings a findlib package, and whether it is known to exist."""
    top = findlib_name.partition(".")[0]
    for name in (findlib_name, top):
        if name in _EXCEPTIONS:
            return _EXCEPTIONS[name], True
    regular = top.replace("_", "-")
    return f"lib{regular.lower()}-ocaml-dev", regular in _REGULAR
