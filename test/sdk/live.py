"""Deployments that a live engine serves, with the tables that `train` made them of: the samples, and some made tables."""
import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile

import numpy
import pandas
import requests

import engine
from tables import make_tables


class Live:
    """A deployment of a live engine as IBM's tools need it: what OpenScale knows of it, rows, and a function that scores."""

    def __init__(self, url, name, folder, file):
        registration = engine.register(name, folder)
        subscription = registration["subscription.json"]
        properties = subscription["asset_properties"]
        self.name = name
        self.problem = subscription["asset"]["problem_type"]
        self.label = properties["label_column"]
        self.labels = properties.get("labels")
        self.features = properties["feature_fields"]
        self.categories = properties["categorical_fields"]
        self.types = {field["name"]: field["type"] for field in properties["input_data_schema"]["fields"]}
        self.statistics = registration["training-statistics.json"]["explainability_configuration"]
        self.scoring_url = f"{url}/v1/deployments/{name}/online"
        self.file = file
        # How many rows each call had.
        self.calls = []

    def read(self):
        """The complete rows of the training data, of which IBM's tools take no others."""
        return pandas.read_csv(self.file)[[*self.features, self.label]].dropna().reset_index(drop=True)

    def ask(self, rows):
        """The answer to rows, as a frame."""
        frame = rows if isinstance(rows, pandas.DataFrame) else pandas.DataFrame(rows, columns=self.features)
        self.calls.append(len(frame))
        # Whatever columns there are, the label among them, as IBM's notebooks do it.
        body = {"fields": list(frame.columns), "values": json.loads(frame.to_json(orient="values", double_precision=15))}
        reply = requests.post(self.scoring_url, json=body, timeout=60)
        reply.raise_for_status()
        return pandas.DataFrame(reply.json()["values"], columns=reply.json()["fields"])

    def score(self, rows, *_):
        """The probabilities and the predictions; of a regression the predictions alone."""
        answer = self.ask(rows)
        predictions = numpy.array(answer["prediction"].tolist())
        return predictions if self.problem == "regression" else (numpy.array(answer["probability"].tolist()), predictions)


@contextlib.contextmanager
def serve(*names):
    """Serves the samples and the made tables with these names; gives those that have training statistics."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "deployments"
        shutil.copytree(engine.SAMPLES, folder)
        write_samples = ["node", "--import", "./scripts/register-typescript.js", "test/sdk/write-samples.ts", scratch]
        subprocess.run(write_samples, cwd=engine.ROOT, check=True)
        for table in make_tables():
            if table.name in names:
                engine.train(table, scratch)
        with engine.serve(folder) as url:
            # An imported deployment has no statistics of the training data.
            deployments = sorted(path.parent.name for path in folder.glob("*/training-statistics.json"))
            yield [Live(url, name, folder, pathlib.Path(scratch) / f"{name}.csv") for name in deployments]
