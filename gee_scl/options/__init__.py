"""What callers say in the same words everywhere: choices, checks of arguments, names, and files that they name.

Every other room may import it; it imports `errors` alone.
"""
