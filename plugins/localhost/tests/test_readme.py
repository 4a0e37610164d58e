"""What README.md says is what the connector has."""

from pathlib import Path

import connector_host_localhost as plugin

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_option_and_resource_type_is_described():
    for option in plugin.connector_options():
        assert f"`{option.opposite if option.default is True else option.flag}" in TEXT
    for kind in plugin.list_resource_types():
        assert f"`{kind.id}`" in TEXT


def test_every_entitlement_is_described():
    types = {kind.id for kind in plugin.list_resource_types() if not kind.skip_entitlements_and_grants}
    for kind in types:
        resource = plugin.Resource(plugin.ResourceId(kind, "1"), "x")
        assert all(f"`{one.slug}`" in TEXT for one in plugin.list_entitlements(resource))
