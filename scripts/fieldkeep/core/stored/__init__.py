"""What the store holds beside the document, decoded."""
