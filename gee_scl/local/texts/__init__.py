"""What is written as text: numbers and patterns as Java writes them, dates as Joda does, and arithmetic.

Here belongs what turns texts into values and back without knowing images or geometries. It imports `errors` only.
"""
