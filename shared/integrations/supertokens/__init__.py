"""SuperTokens, the sign-in service, through its SDK: codes by e-mail or phone, and sessions (contract 5.1)."""
