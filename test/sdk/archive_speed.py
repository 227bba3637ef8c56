"""Compares how long `archive` and IBM's configuration utility take for one table: 100,000 rows of 30 columns, or as many as are given."""
import pathlib
import random
import sys
import tempfile
import warnings

import pandas

import engine
from archive_tables import Case
from configuration_archive import compare_members, make_ours, make_theirs, record_importances
from live import Live


def make_case(rows):
    chance = random.Random(5)
    columns = {f"x{index}": [round(chance.gauss(index, 1 + index), 4) for _ in range(rows)] for index in range(12)}
    columns |= {f"n{index}": [chance.randint(0, 40 * (index + 1)) for _ in range(rows)] for index in range(8)}
    columns |= {f"c{index}": chance.choices("abcdefgh"[: index + 2], k=rows) for index in range(6)}
    columns |= {f"b{index}": chance.choices(["true", "false"], k=rows) for index in range(3)}
    columns["risk"] = ["bad" if value + chance.gauss(0, 1) > 0 else "good" for value in columns["x0"]]
    return Case(
        "large", columns, "risk",
        fairness=[{"feature": "c0", "majority": ["a"], "minority": ["b"], "threshold": 0.8}], favourable=["good"], unfavourable=["bad"],
    )


def main():
    warnings.filterwarnings("ignore")
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    case = make_case(rows)
    with tempfile.TemporaryDirectory() as scratch:
        # A model of few rows, because learning is not what is measured.
        file = pathlib.Path(scratch) / "all.csv"
        case.write(file)
        full = case.columns
        case.columns = {name: values[:2000] for name, values in full.items()}
        engine.train(case, scratch, kind="random-forest")
        case.columns = full
        folder = pathlib.Path(scratch) / "deployments"
        record_importances(folder, case)
        with engine.serve(folder) as url:
            deployment = Live(url, case.name, folder, file)
            ours, our_time = make_ours(case, folder, file, pathlib.Path(scratch) / "ours.tar.gz")
            table = pandas.read_csv(file)[[*deployment.features, deployment.label]]
            importances = ours["drift_v2_archive.tar.gz/summary.json"]["feature_importance"]
            theirs, their_time = make_theirs(case, deployment, table, {name: importances[name] for name in deployment.features})
    problems = compare_members(ours, theirs, case)
    print("\n".join(problems))
    print(f"sdk: {rows} rows of {len(case.columns)} columns: archive {our_time:.1f} s, IBM's utility {their_time:.1f} s, ratio {our_time / their_time:.2f}; {len(problems)} differences")
    # The goal, on an idle machine, is 60 seconds.
    return 1 if problems or our_time > 600 else 0


if __name__ == "__main__":
    sys.exit(main())
