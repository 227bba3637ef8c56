"""Reads discovery and scores with the Python client that openapi-generator makes of the contract. Takes the URL of an engine."""
import sys

from engine_client import ApiClient, Configuration, DiscoveryApi, ScoringApi, ScoringRequest, ScoringTable

with ApiClient(Configuration(host=sys.argv[1])) as client:
    found = DiscoveryApi(client).list_deployments()
    deployment = next(one for one in found.resources if one.metadata.guid == "iris")
    table = ScoringTable(
        fields=["sepal_length", "sepal_width", "petal_length", "petal_width"], values=[[5.1, 3.5, 1.4, 0.2]]
    )
    answer = ScoringApi(client).score_deployment("iris", ScoringRequest(table)).actual_instance
print(deployment.entity.scoring_url, deployment.entity.asset.asset_id, answer.values[0][4])
