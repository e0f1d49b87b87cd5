"""An image that nothing boots, for measurements that are functions of their settings."""

import pytest
from support.images import image_of


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "image"
    path.write_bytes(b"image")
    return image_of(path, "made up", target="unix")
