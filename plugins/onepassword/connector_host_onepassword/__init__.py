"""The 1Password connector: reads an account through the 1Password CLI (`op`), several calls at once.

- `plugin`: the hooks. `session`: the state that they share. `options`, `settings`: the options and their values.
- `signin`, `signin_modes`, `local_accounts`: the four ways to sign in.
- `op_cli`: the program: its calls, failures and answers. `tenant`, `details`: the account as read so far.
- `resources`, `access_grants`, `permissions`: the answers as the host's values.
- `changes`: memberships, access to vaults, accounts of people, and the guard against lock-outs.
"""
