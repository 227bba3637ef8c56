"""Checks that IBM's clients that score custom engines read the answers of a live engine: ScoreManager,
CustomProviderScoringClient and, in Spark, ScoringClient."""
import json
import logging
import os
import shutil
import sys
import tempfile

import pandas
import requests

import engine
import openscale
from tables import make_tables

USERNAME, PASSWORD = "openscale", "pässwörd"
META = "transaction_id"
# So many that the client that sends pages sends several.
PAGE = 7


class Target:
    """A deployment as OpenScale knows it, and rows for it."""

    def __init__(self, url, deployment, folder):
        registration = engine.register(deployment, folder)
        subscription = registration["subscription.json"]
        self.name = deployment
        self.problem = subscription["asset"]["problem_type"]
        self.properties = subscription["asset_properties"]
        self.features = self.properties["feature_fields"]
        self.prediction = self.properties["prediction_field"]
        self.probability = (self.properties.get("probability_fields") or [None])[0]
        self.scoring_url = f"{url}/v1/deployments/{deployment}/online"
        self.credentials = registration["service-provider.json"]["credentials"]
        example = json.loads((folder / deployment / "deployment.json").read_text(encoding="utf-8"))["example"]
        rows = pandas.DataFrame(example["values"], columns=example["fields"])[self.features]
        self.rows = pandas.concat([rows] * 6, ignore_index=True)

    def ask(self, auth=None):
        """The results of the rows, asked for without any of IBM's clients."""
        body = {"fields": self.features, "values": json.loads(self.rows.to_json(orient="values"))}
        reply = requests.post(self.scoring_url, json=body, auth=auth, timeout=60)
        reply.raise_for_status()
        answer = pandas.DataFrame(reply.json()["values"], columns=reply.json()["fields"])
        return answer[[self.prediction, *([self.probability] if self.probability else [])]]

    def to_configuration(self, credentials, **more):
        return {
            "features": self.features,
            "service_type": "custom_machine_learning",
            "model_type": self.problem,
            "credentials": credentials,
            "scoring_url": self.scoring_url,
            "prediction": self.prediction,
            "probability": self.probability,
            **more,
        }


def compare(expected, answer, place):
    """Lists what differs between two frames of results."""
    if expected.to_json(orient="values") == answer[list(expected.columns)].to_json(orient="values"):
        return []
    return [f"{place}: {answer.to_json(orient='values')[:300]}, expected {expected.to_json(orient='values')[:300]}"]


def check_score_manager(target, credentials, auth):
    from ibm_common_scoring_utils.core.score_manager import ScoreManager

    expected = target.ask(auth)
    answer = ScoreManager(target.to_configuration(credentials)).score(target.rows)
    problems = compare(expected, answer, f"ScoreManager: {target.name}")
    # With attributes that the model does not know.
    rows = target.rows.assign(**{META: [f"t-{row}" for row in range(len(target.rows))]})
    answer = ScoreManager(target.to_configuration(credentials, meta_fields=[META])).score(rows, include_features_in_response=True)
    problems += compare(expected, answer, f"ScoreManager with meta: {target.name}")
    if answer[META].tolist() != rows[META].tolist():
        problems.append(f"ScoreManager with meta: {target.name}: {answer[META].tolist()}")
    return problems


def check_custom_provider(target, auth_url):
    from ibm_wos_utils.joblib.clients.custom_provider_scoring_client import CustomProviderScoringClient

    schema = target.properties["input_data_schema"]
    meta = {"name": META, "type": "string", "nullable": True, "metadata": {"modeling_role": "meta-field"}}
    properties = {**target.properties, "input_data_schema": {**schema, "fields": [*schema["fields"], meta]}}
    client = CustomProviderScoringClient(
        subscription={"entity": {"asset_properties": properties}},
        scoring_url=target.scoring_url,
        auth_url=auth_url,
        username=openscale.USERNAME,
        password=openscale.PASSWORD,
        page_size=len(target.rows),
    )
    rows = target.rows.astype(object).where(target.rows.notna(), None)
    rows[META] = [f"t-{row}" for row in range(len(rows))]
    answer = pandas.DataFrame([row.asDict() for row in client.score(0, rows.to_dict("records"))])
    problems = compare(target.ask(), answer, f"CustomProviderScoringClient: {target.name}")
    if answer[META].tolist() != rows[META].tolist():
        problems.append(f"CustomProviderScoringClient: {target.name}: {answer[META].tolist()}")
    return problems


def check_spark(spark, target, credentials):
    from ibm_wos_utils.joblib.clients.scoring_client import ScoringClient
    from pyspark.sql.types import StructType

    types = {field["name"]: field["type"] for field in target.properties["output_data_schema"]["fields"]}
    client = ScoringClient(
        service_type="custom_machine_learning",
        model_type=target.problem,
        scoring_url=target.scoring_url,
        credentials=credentials,
        features=target.features,
        prediction=target.prediction,
        probability=target.probability,
        prediction_data_type=types[target.prediction],
        page_size=PAGE,
    )
    schema = target.properties["input_data_schema"]
    converters = {"integer": int, "long": int, "double": float, "string": str, "boolean": bool}
    convert = [converters[field["type"]] for field in schema["fields"]]
    # Spark wants cells of exactly the type of their column.
    rows = [
        tuple(None if pandas.isna(value) else to_type(value) for to_type, value in zip(convert, row))
        for row in target.rows.astype(object).values.tolist()
    ]
    answer = client.score(spark.createDataFrame(rows, StructType.fromJson(schema))).toPandas()
    return compare(target.ask((USERNAME, PASSWORD)), answer, f"ScoringClient: {target.name}")


def main():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    logging.disable(logging.CRITICAL)
    wide = next(table for table in make_tables() if table.name == "wide")
    with tempfile.TemporaryDirectory() as scratch:
        folder = engine.pathlib.Path(scratch) / "deployments"
        shutil.copytree(engine.SAMPLES, folder)
        engine.train(wide, scratch)
        names = sorted(path.name for path in folder.iterdir())
        problems = []
        with engine.serve(folder, USERNAME, PASSWORD) as url:
            spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
            spark.sparkContext.setLogLevel("OFF")
            for name in names:
                target = Target(url, name, folder)
                credentials = {**target.credentials, "username": USERNAME, "password": PASSWORD}
                problems += check_score_manager(target, credentials, (USERNAME, PASSWORD))
                problems += check_spark(spark, target, credentials)
            spark.stop()
        with openscale.start() as double, engine.serve(folder) as url:
            for name in names:
                target = Target(url, name, folder)
                # An engine without a password is sent envelopes.
                problems += check_score_manager(target, {"url": url}, None)
                problems += check_custom_provider(target, double.url)
    print("\n".join(problems) or f"sdk: IBM's scoring clients read the answers of {len(names)} deployments")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
