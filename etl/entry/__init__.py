"""What the city enters by itself: a spreadsheet of stage events, places and contacts becomes rows of the register.

Read in this order: contract (sheets, columns, words), sheets (files), values (cells), events and places (rows against
the register), plan (what would change), folders (how it is kept), template.
"""
