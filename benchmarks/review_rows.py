"""Rows to look at in a 1Password account: single grants, and one row for each principal and resource.

    python benchmarks/review_rows.py [--people 40] [--groups 10] [--vaults 20]

Syncs a sample account through a stand-in for `op` and counts the rows of `grants`, of `grants --by-resource`, and of a
review in each unit, with those that need a decision.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from pathlib import Path

import measure
from onepassword import prepare

from connector_host.review.review_files import ReviewRequest, open_review
from connector_host.review.review_model import ReviewOrder, ReviewUnit

PERMISSIONS = (
    *("view_items", "create_items", "edit_items", "archive_items", "delete_items", "view_and_copy_passwords"),
    *("view_item_history", "import_items", "export_items", "copy_and_share_items", "print_items", "manage_vault"),
)


def account(people: int, groups: int, vaults: int) -> dict[str, object]:
    """Return a sample account: everybody in one to three groups, two groups and two people with access to a vault.

    Access is full, for editing, or for viewing, as people grant it in 1Password.
    """
    chance = random.Random(7)
    users, teams, safes = (
        [f"{letter}{number:025}" for number in range(count)]
        for letter, count in (("U", people), ("g", groups), ("v", vaults))
    )
    dates = {"created_at": "2024-03-01T12:00:00Z"}
    levels = (PERMISSIONS, PERMISSIONS[:9], (PERMISSIONS[0], PERMISSIONS[5], PERMISSIONS[6]))

    def access(names: list[str], count: int) -> dict[str, list[str]]:
        return {name: list(chance.choice(levels)) for name in chance.sample(names, min(count, len(names)))}

    members: dict[str, list[list[str]]] = {team: [] for team in teams}
    for user in users:
        for team in chance.sample(teams, min(len(teams), chance.randint(1, 3))):
            members[team].append([user, "MEMBER"])
    return {
        "account": {"id": "A" * 26, "name": "Sample", "domain": "sample", "type": "BUSINESS", "state": "ACTIVE"},
        "signin": {
            "url": "https://sample.1password.com",
            "email": "u0@example.com",
            "password": "x",
            "secret_key": "x",
        },
        "users": [
            {
                "id": user,
                "name": f"Person {number}",
                "email": f"u{number}@example.com",
                "type": "MEMBER",
                "state": "ACTIVE",
            }
            for number, user in enumerate(users)
        ],
        "groups": [
            {"id": team, "name": f"Group {number}", "state": "ACTIVE", **dates} for number, team in enumerate(teams)
        ],
        "vaults": [{"id": safe, "name": f"Vault {number}", "items": 5, **dates} for number, safe in enumerate(safes)],
        "members": members,
        "vault_users": {safe: access(users, 2) for safe in safes},
        "vault_groups": {safe: access(teams, 2) for safe in safes},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("people", 40), ("groups", 10), ("vaults", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, "small", 0)
        (folder / "tenant.json").write_text(json.dumps(account(chosen.people, chosen.groups, chosen.vaults)))
        os.environ["STANDIN_STATE"] = name
        file = str(folder / "sync.c1z")
        measure.run("sync", "onepassword", "-f", file, "--log-level", "error")
        single = json.loads(measure.run("grants", "-f", file, "-o", "json").output)["grants"]
        access = json.loads(measure.run("grants", "--by-resource", "-f", file, "-o", "json").output)["access"]
        print(f"{chosen.people} people, {chosen.groups} groups, {chosen.vaults} vaults")
        print(f"grants                {len(single):6,} rows")
        print(f"grants --by-resource  {len(access):6,} rows")
        for unit in ReviewUnit:
            with open_review(ReviewRequest((Path(file),)), ReviewOrder.PRINCIPAL, unit) as review:
                print(f"review --unit {unit.value:8} {review.facts[0].to_decide:6,} rows to decide on")


if __name__ == "__main__":
    main()
