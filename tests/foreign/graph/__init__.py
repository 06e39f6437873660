"""The published Microsoft Graph SDK for Python, with MSAL, against the sandbox."""
