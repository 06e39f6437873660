"""The add-in's manifests, validated by the vendor's schemas and by what Outlook asks beyond them."""
