"""What can go wrong between source text and image.

ToolchainError              everything here; one short message for people
├── BadRequest              the request itself makes no sense (name, flag, target, language)
├── ToolMissing             a program of the build is not installed
├── TookTooLong             a program of the build did not come to an end
├── PackageError            a findlib package cannot be used
│   ├── PackageMissing      not installed; carries the apt package to install
│   └── PackageNeedsUnix    needs an operating system; carries the chain that pulled Unix in
├── CompileError            the compiler refused the source; carries its output
│   └── StartError          it compiles, and its start cannot be called
├── LinkError               the linker refused; carries its output
├── ImageInvalid            an image is gone, damaged or not W^X
└── BuildInterrupted        somebody stopped the build
"""

from __future__ import annotations

from .messages.user_facing_error import UserFacingError


class ToolchainError(UserFacingError):
    """A failed build."""


class BadRequest(ToolchainError):
    """The request itself makes no sense."""


class ToolMissing(ToolchainError):
    """A program of the build is not installed."""


class TookTooLong(ToolchainError):
    """A program of the build did not come to an end within its limit of time."""


class PackageError(ToolchainError):
    """A findlib package cannot be used; `package` is its findlib name."""

    def __init__(self, what: str, *, package: str, hint: str = "", detail: str = "") -> None:
        super().__init__(what, hint=hint, detail=detail)
        self.package = package


class PackageMissing(PackageError):
    """A findlib package is not installed."""


class PackageNeedsUnix(PackageError):
    """A findlib package needs an operating system underneath."""


class CompileError(ToolchainError):
    """The compiler refused the source. Lines in `detail` are the source's own."""


class StartError(CompileError):
    """A program that compiles has no start, or none that can be called."""


class LinkError(ToolchainError):
    """The linker refused the objects."""


class ImageInvalid(ToolchainError):
    """An image is gone, damaged, or breaks a promise every image keeps."""


class BuildInterrupted(ToolchainError):
    """Somebody stopped the build."""
