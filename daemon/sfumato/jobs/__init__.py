"""Jobs: their life, their order, and who works on them."""
