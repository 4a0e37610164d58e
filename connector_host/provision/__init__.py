"""Changes in the application: grants, revocations, accounts. One hook call each, recorded before and after."""
