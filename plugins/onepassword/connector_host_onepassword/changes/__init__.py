"""Changes in 1Password: memberships, access to vaults, accounts of people."""
