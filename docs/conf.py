"""Configuration of the documentation site: `tox -e docs` builds it with Sphinx from the Markdown of the repository.

The source folder is the root of the repository, so that links between pages work in the site as they do in a checkout.
"""

from importlib import metadata

from sphinx.application import Sphinx

project = "connector-host"
release = metadata.version("connector-host")
project_copyright = "the connector-host authors, Apache License 2.0"

extensions = ["myst_parser"]
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/**.md",
    "plugins/*/README.md",
    "plugins/*/docs/**.md",
]
root_doc = "docs/index"
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
myst_links_external_new_tab = False

html_theme = "furo"
html_title = f"connector-host {release}"
html_additional_pages = {"index": "start.html"}
html_show_sourcelink = False
html_copy_source = False
templates_path = ["site"]

NAVIGATION = {  # caption -> pages, by their path from the root; a page in no list is appended to the reference
    "Start": [
        "README",
        "docs/onepassword-first-run",
        "docs/onepassword",
        "plugins/onepassword/README",
        "plugins/onepassword/docs/op-outputs",
        "plugins/localhost/README",
        "plugins/fake/README",
    ],
    "Use": [
        "docs/reading",
        "docs/exploring",
        "docs/graph",
        "docs/lake",
        "docs/reviewing",
        "docs/rules",
        "docs/provisioning",
        "docs/expansion",
        "docs/reliability",
        "docs/performance",
    ],
    "Write a connector": [
        "docs/connectors",
        "docs/tutorial",
        "docs/sdk-contract",
        "docs/how-to/http",
        "docs/how-to/paging",
        "docs/how-to/whole-types",
        "docs/how-to/rate-limits",
        "docs/how-to/nested-groups",
        "docs/how-to/identifiers",
        "docs/how-to/provisioning",
        "docs/how-to/actions",
        "docs/how-to/events",
        "docs/how-to/configuration",
        "docs/how-to/session-store",
        "docs/how-to/secrets",
        "docs/how-to/testing",
        "docs/how-to/publishing",
    ],
    "Reference": [
        "docs/reference/commands",
        "docs/reference/environment",
        "docs/reference/errors",
        "docs/reference/http",
        "docs/reference/hooks",
        "docs/reference/model",
        "docs/reference/options",
        "docs/glossary",
        "docs/c1z-v1",
        "docs/c1z-v3",
    ],
    "Work on connector-host": ["CONTRIBUTING", "docs/architecture", "SECURITY", "docs/threat-model", "CHANGELOG"],
}


def add_navigation(app: Sphinx, document: str, content: list[str]) -> None:
    """Append the table of contents to the first page of the site; the page in the checkout stays plain Markdown."""
    if document == root_doc:
        listed = {page for pages in NAVIGATION.values() for page in pages}
        unlisted = sorted(app.env.found_docs - listed - {root_doc})
        for caption, pages in NAVIGATION.items():
            entries = "\n".join(f"/{page}" for page in (*pages, *(unlisted if caption == "Reference" else ())))
            content[0] += f"\n\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n"


def setup(app: Sphinx) -> None:
    """Connect the navigation. Called by Sphinx."""
    app.connect("source-read", add_navigation)
