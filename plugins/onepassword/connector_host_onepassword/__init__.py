"""The 1Password connector: reads an account through the 1Password CLI (`op`), several calls at once.

- `plugin`: the hooks. `session`: the state that they share. `options`, `settings`: the options and their values.
- `signin`, `signin_modes`, `local_accounts`: the four ways to sign in.
- `op`, `child_process`, `op_installation`: calls of the program. `error_rules`: the meaning of its failures.
- `responses`: parsers of its answers. `tenant`, `details`: the account as read so far.
- `resources`, `access_grants`, `permissions`: the answers as the host's values.
- `change_runner`, `group_membership`, `vault_access`, `user_accounts`, `lockout_guard`: changes.
"""
