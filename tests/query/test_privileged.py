"""Which entitlements count as privileged, by their names."""

import pytest

from connector_host.query.privileged import privileged_word


@pytest.mark.parametrize(
    ("slug", "name", "word"),
    [
        ("admin", "", "admin"),
        ("manage_vault", "", "manage"),
        ("read", "Vault Owner", "owner"),
        ("fullControl", "", "full control"),
        ("member", "Administrators member", "administrators"),
        ("read", "Read", ""),
        ("badminton", "Manageable", ""),
        ("", "", ""),
    ],
)
def test_the_word_it_rests_on_is_given(slug, name, word):
    assert privileged_word(slug, name) == word
