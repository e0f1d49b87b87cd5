"""What repo2docker makes of a checkout: `python render_binder.py`, there; answers in JSON.

A process of its own, since repo2docker reads the current folder, and warns of its libraries.
"""

import json
import sys

from repo2docker.app import Repo2Docker


def main() -> None:
    """Print the build pack, the version of Python, the base image and the Dockerfile."""
    base_image = Repo2Docker().base_image
    for kind in Repo2Docker().buildpacks:
        pack = kind(base_image)
        pack.platform = "linux/amd64"
        if pack.detect():
            python = getattr(pack, "python_version", "")
            words = (kind.__name__, python, base_image, pack.render(build_args={}))
            json.dump(words, sys.stdout)
            return


if __name__ == "__main__":
    main()
