"""How the documentation is built: Markdown pages, numpydoc docstrings, and nothing fetched from anywhere."""

import equiwait

project = "equiwait"
author = "The equiwait founders"
copyright = "2026, the equiwait founders"
version = release = equiwait.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "equiwait"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]
autosummary_generate = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
nitpicky = False
