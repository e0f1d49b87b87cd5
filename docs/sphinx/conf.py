"""The site: the pages of the checkout, at the places that they have in it.

`./lab docs` builds it. The source folder is the checkout itself, so that one link serves here and
on GitHub; what only the site has (contents, generated reference) is added while a page is read.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ["COLUMNS"] = "88"  # argparse folds usages to the terminal's width

project = "jupyter-unikernel"
author = "the authors of jupyter-unikernel"
project_copyright = author  # no year: the same sources make the same site

extensions = [
    "myst_nb",  # Markdown, and notebooks as they were committed
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "site_pages",
    "site_notebooks",
    "site_docstrings",
    "site_lexer",
    "site_links",
]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**", "notebooks/**"]
exclude_patterns = ["docs/sphinx/**", "**/.ipynb_checkpoints", ".*", "out", "tests", "kernel_ext"]
exclude_patterns += ["toolchain", "bench", "binder", "course", "build", "dist"]

nb_execution_mode = "off"  # outputs are committed: no builder has KVM, some have no QEMU
# Widgets draw by scripts from the web; each has a text or a picture besides.
nb_ipywidgets_js: dict[str, str] = {}
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None),
    ("html", "image/png", 1),  # a plot's picture rather than its specification
]
nb_merge_streams = True
myst_heading_anchors = 3
suppress_warnings = [
    "mystnb.unknown_mime_type",  # specifications of plots: their picture is shown
]
highlight_language = "cell-or-text"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
autodoc_preserve_defaults = True
default_role = "code"  # a docstring's `name` is a name
maximum_signature_line_length = 80

html_theme = "furo"
html_title = "jupyter-unikernel"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
copybutton_selector = "div:not(.output) > div.highlight pre"
linkcheck_ignore = [r"https?://([\w.-]+\.)?localhost\b", r"https?://127\.0\.0\.1\b"]  # guests'
