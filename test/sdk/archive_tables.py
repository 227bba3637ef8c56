"""Tables whose configuration archives are compared: those that statistics are tried on, and some that drift has to get right."""
import csv
import random

from tables import Table, make_tables


class Case(Table):
    """A table that a deployment is trained on, and the rows that the archive is made of, which can differ."""

    def __init__(self, *arguments, archived=None, has_teeth_checked=False, **options):
        super().__init__(*arguments, **options)
        self.archived = archived or {}
        self.has_teeth_checked = has_teeth_checked

    def write_archived(self, file):
        columns = {**self.columns, **self.archived}
        with open(file, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values()))


def to_case(table, **options):
    return Case(table.name, table.columns, table.label, table.problem, table.categorical, table.fairness, table.favourable,
                table.unfavourable, **options)


def make_cases():
    chance = random.Random(11)
    size = 600

    def numbers(make):
        return [make() for _ in range(size)]

    def pick(*values, weights=None):
        return chance.choices(values, weights, k=size)

    def with_gaps(values, share=0.05):
        return ["" if chance.random() < share else value for value in values]

    # A model can be asked about rows unlike those that it has learned from.
    days = numbers(lambda: f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}")
    amount = numbers(lambda: round(chance.lognormvariate(6, 1.5), 2))
    region = pick("north", "south", "east", "west", weights=(5, 3, 1, 1))
    level = [["low", "middle", "high"][min(2, int(value // 400))] for value in amount]
    spiky = [0] * (size - 40) + numbers(lambda: chance.randint(1, 10**6))[:40]
    multiclass = Case(
        "multiclass",
        {"amount": amount, "region": region, "days": days, "visits": numbers(lambda: chance.randint(0, 12)), "branch": pick(*range(1, 31)),
         "score": numbers(lambda: round(chance.gauss(0, 1), 4)), "insured": pick("true", "false"), "level": level},
        "level", "multiclass", ["branch", "days"],
        fairness=[{"feature": "region", "majority": ["north"], "minority": ["south", "east"], "threshold": 0.8}],
        favourable=["high", "middle"], unfavourable=["low"], has_teeth_checked=True,
    )
    odd = Case(
        "odd-columns",
        {"same": pick(1, 2), "same text": pick("a", "b"), "spikes": numbers(lambda: chance.randint(0, 50)), "zeros": numbers(lambda: round(chance.random(), 3)),
         "far": numbers(lambda: round(chance.gauss(0, 1), 2)), "huge": numbers(lambda: chance.randint(0, 10**11)), "tiny": numbers(lambda: chance.gauss(0, 1) * 1e-7),
         "many": pick(*(f"m{index}" for index in range(20))), "a/b: Größe": pick("x/y", "Zürich", "東京"),
         "a name that is far longer than the hundred bytes that a tar header has for the path of a file in it": pick("u", "v", "w"),
         "halves": numbers(lambda: chance.randint(0, 20) / 2), "rare": pick("x", "y", "z"), "flag": pick("true", "false"), "risk": pick("good", "bad")},
        "risk", archived={
            "same": [7] * size, "same text": ["a"] * size, "spikes": spiky, "zeros": [0.0] * 500 + numbers(lambda: round(chance.random() * 9, 3))[:100],
            "far": numbers(lambda: round(chance.gauss(0, 1), 2))[:-1] + [10**7],
            "many": [f"id{index}" for index in range(size)], "rare": ["z"] * 3 + ["y"] * 6 + ["x"] * (size - 9),
        },
        fairness=[{"feature": "rare", "majority": ["x"], "minority": ["y"], "threshold": 0.8}], favourable=["good"], unfavourable=["bad"],
    )
    # No column is named "count": IBM's tool fails on it.
    gaps = Case(
        "gaps-regression",
        {"amount": with_gaps(amount), "region": with_gaps(region), "visits": with_gaps(numbers(lambda: chance.randint(0, 300))),
         "insured": with_gaps(pick("true", "false")), "rate": with_gaps(numbers(lambda: round(chance.random(), 3))),
         "price": with_gaps([round(value * 3 + chance.gauss(0, 20), 2) for value in amount], 0.02)},
        "price", "regression",
        fairness=[{"feature": "region", "majority": ["north"], "minority": ["south"], "threshold": 0.8},
                  {"feature": "visits", "majority": [[0, 150]], "minority": [[151, 300]], "threshold": 0.8}],
        favourable=[[0, 1000]], unfavourable=[[1000.01, 10**6]], has_teeth_checked=True,
    )
    many = Case(
        "many-features",
        {**{f"x{index}": numbers(lambda: round(chance.gauss(0, 1 + index), 3)) for index in range(95)},
         **{f"c{index}": pick("a", "b", "c") for index in range(15)}, "risk": pick("good", "bad")},
        "risk",
    )
    wholes = Case(
        "whole-classes",
        {"a": numbers(lambda: round(chance.gauss(5, 2), 3)), "b": pick(*range(40)), "s": pick("u", "v"), "grade": pick(3, 1, 2, weights=(5, 3, 2))},
        "grade", "multiclass",
        fairness=[{"feature": "s", "majority": ["u"], "minority": ["v"], "threshold": 0.8}], favourable=[3], unfavourable=[1, 2],
    )
    names = ("mixed", "zero-inflated", "gaps", "repeated-quartiles", "texts", "codes", "regression", "wide")
    return [*(to_case(table) for table in make_tables() if table.name in names), multiclass, odd, gaps, many, wholes]
