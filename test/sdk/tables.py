"""Made tables, the same every time: columns of every kind that statistics have to get right."""
import csv
import random


class Table:
    """A table and how it is trained on."""

    def __init__(self, name, columns, label, problem="binary", categorical=(), fairness=(), favourable=(), unfavourable=()):
        self.name = name
        self.columns = columns
        self.label = label
        self.problem = problem
        self.categorical = list(categorical)
        # Pairs of an attribute and its groups, as IBM's TrainingStats has them.
        self.fairness = list(fairness)
        self.favourable = list(favourable)
        self.unfavourable = list(unfavourable)

    @property
    def features(self):
        return [name for name in self.columns if name != self.label]

    def write(self, file):
        with open(file, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(self.columns)
            writer.writerows(zip(*self.columns.values()))


def make_tables():
    chance = random.Random(7)
    size = 400

    def numbers(make):
        return [make() for _ in range(size)]

    def pick(*values, weights=None):
        return chance.choices(values, weights, k=size)

    def to_label(score, high="bad", low="good"):
        return [high if value + chance.random() > 1 else low for value in score]

    def with_gaps(values, share=0.1):
        return ["" if chance.random() < share else value for value in values]

    ages = numbers(lambda: chance.randint(18, 80))
    income = numbers(lambda: round(chance.lognormvariate(10, 0.8), 2))
    sex = pick("male", "female", weights=(6, 4))
    zeros = numbers(lambda: 0 if chance.random() < 0.7 else chance.randint(1, 5000))
    risk = to_label([(80 - age) / 80 + (gender == "male") / 5 for age, gender in zip(ages, sex)])
    both = [{"feature": "sex", "majority": ["male"], "minority": ["female"], "threshold": 0.8}]
    by_age = [{"feature": "age", "majority": [[26, 80]], "minority": [[18, 25]], "threshold": 0.8}]
    risks = {"favourable": ["good"], "unfavourable": ["bad"]}
    return [
        Table("mixed", {"age": ages, "income": income, "sex": sex, "member": pick("true", "false"), "risk": risk}, "risk",
              fairness=both + by_age, **risks),
        Table("zero-inflated", {"loss": zeros, "gain": numbers(lambda: max(0, round(chance.gauss(-1, 2), 1))), "sex": sex,
              "risk": to_label([value > 0 for value in zeros])}, "risk",
              fairness=both + [{"feature": "loss", "majority": [[0, 0]], "minority": [[1, 5000]], "threshold": 0.8}], **risks),
        Table("gaps", {"age": with_gaps(ages), "sex": with_gaps(sex), "member": with_gaps(pick("true", "false")),
              "income": with_gaps(income), "risk": risk}, "risk", fairness=both, **risks),
        Table("repeated-quartiles", {"low": pick(1, 2, weights=(7, 3)), "high": pick(1, 2, weights=(2, 8)),
              "nearly-constant": [0] + [5] * (size - 1), "three": pick(1, 1, 2, 3), "risk": risk}, "risk",
              fairness=[{"feature": "three", "majority": [[1, 1]], "minority": [[2, 2], [3, 3]], "threshold": 0.8}], **risks),
        Table("texts", {"city": pick("Zürich", "Ürzig", "Ulm", "ulm", "東京", "\U0001f600", "ﾟ"), "code": pick("10", "9", "A1", "a"),
              "size": pick("S", "M", "L", weights=(1, 8, 3)), "risk": risk}, "risk",
              fairness=[{"feature": "size", "majority": ["M", "L"], "minority": ["S"], "threshold": 0.8}], **risks),
        Table("codes", {"branch": pick(30, 4, 100), "level": pick(-1, 0, 1), "text": sex, "balance": numbers(lambda: chance.randint(-10**6, 10**6)),
              "tiny": numbers(lambda: chance.gauss(0, 1e-9)), "accepted": to_label([age / 80 for age in ages], 1, 0)}, "accepted",
              categorical=["branch", "level"],
              fairness=[{"feature": "text", "majority": ["male"], "minority": ["female"], "threshold": 0.8}],
              favourable=[1], unfavourable=[0]),
        Table("regression", {"age": ages, "sex": sex, "income": income, "rent": [round(200 + value / 100 + chance.random(), 2) for value in income]},
              "rent", "regression", fairness=both, favourable=[[0, 400]], unfavourable=[[400.01, 100000]]),
        Table("wide", {**{f"x{index}": numbers(lambda: round(chance.gauss(index, 3), 3)) for index in range(55)},
              **{f"c{index}": pick("a", "b", "c") for index in range(5)},
              "group": pick("one", "two", "three"), "risk": to_label([age / 80 for age in ages])}, "risk",
              fairness=[{"feature": "group", "majority": ["one"], "minority": ["two"], "threshold": 0.8}], **risks),
    ]
