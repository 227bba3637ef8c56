"""Reads discovery and scores with the client that openapi-python-client makes of the contract. Takes the URL of an engine."""
import sys

from client import Client
from client.api.discovery import list_deployments
from client.api.scoring import score_deployment
from client.models import DeploymentList, ScoredTable, ScoringTable

client = Client(base_url=sys.argv[1])
found = list_deployments.sync(client=client)
assert isinstance(found, DeploymentList), found
deployment = next(one for one in found.resources if one.metadata.guid == "iris")
table = ScoringTable(
    fields=["sepal_length", "sepal_width", "petal_length", "petal_width"], values=[[5.1, 3.5, 1.4, 0.2]]
)
answer = score_deployment.sync("iris", client=client, body=table)
assert isinstance(answer, ScoredTable), answer
print(deployment.entity.scoring_url, deployment.entity.asset.asset_id, answer.values[0][4])
