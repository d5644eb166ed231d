"""What a person may not know of is answered as what does not exist."""
