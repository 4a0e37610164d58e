"""Rules of an organisation about access: privileged entitlements and separation of duties, from a file `rules.toml`."""
