"""How often the methods are right, measured on data whose answer is known."""
