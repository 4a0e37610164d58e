"""Commands that change the application through a connector."""
