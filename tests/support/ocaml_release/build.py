"""Builds the OCaml release of test_ocaml_release, which takes minutes the first time."""

from support import ROOT
from support.ocaml_release import compiler, sources

PACKAGE, VERSION = "ocaml@4.14.1000", "4.14.1"
PLACE = ROOT / ".cache" / f"ocaml-{VERSION}"

if __name__ == "__main__":
    try:
        compiler.release(PACKAGE, PLACE)
    except sources.Unavailable as why:
        print(f"no sources of OCaml {VERSION}: {why}")  # for who asks for it, too
