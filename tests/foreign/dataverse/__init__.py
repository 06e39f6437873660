"""The published Dataverse client for Python, and MSAL alone, against the CRM's face."""
