"""Whether packages are for the target that a build is for: some offer what only one target has."""

from __future__ import annotations

from unikernel_toolchain.errors import PackageError

from .packages import Package, needed


def check(packages: tuple[Package, ...], target: str) -> None:
    """Raise PackageError for a package that is for another target alone."""
    for package in packages:
        if package.target and package.target != target:
            users = [one.name for one in packages if package in needed(one, packages)]
            because = f", and {users[0]} needs it" if users else ""
            raise PackageError(
                f"Package {package.name} is for the target {package.target} alone{because}: this "
                f"is built for {target}.",
                package=users[0] if users else package.name,
                hint=f"Build it with -t {package.target}, or leave the package out.",
            )
