"""The leak matrix: all that must stay hidden is planted, all that answers is called, nothing may be found.

`canaries` make the words, `planting` and `planting_cases` put them into every field, file, row and name; `personas` are
those who may know nothing and those who may; `actions` and `routes` say how each action and route is called; `calls`
makes the HTTP calls and `reading` reads an answer in every encoding; `test_matrix.py` and `test_oracles.py` judge.

A new action fails the matrix until `actions.py` says with what it is called, a new route until `routes.py` does.
"""
