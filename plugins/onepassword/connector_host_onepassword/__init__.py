"""The 1Password connector: reads an account through the 1Password CLI (`op`), several calls at once.

`plugin` holds the hooks; `options` what it can be told; `modes` and `signin` how it signs in; `op` runs the child
process; `errors` says what went wrong; `parse` turns answers into rows; `tenant` reads each list once; `objects` turns
rows into what the host stores.
"""
