"""Calls an engine with KServe's own client: probes, metadata, and a request of KServe's classes.

usage: call_with_kserve.py URL TRUTH
"""

import asyncio
import json
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

url, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    truth = json.load(file)
DATATYPES = {"double": "FP64", "long": "INT64", "boolean": "BOOL", "string": "BYTES"}


async def main():
    client = InferenceRESTClient(config=RESTConfig(protocol="v2", timeout=30))
    assert await client.is_server_live(url)
    assert await client.is_server_ready(url)
    assert await client.is_model_ready(url, "mixed")
    inputs = [
        InferInput(column["name"], [len(cells)], DATATYPES[column["type"]], data=list(cells))
        for column, cells in zip(truth["columns"], zip(*truth["values"]))
    ]
    request = InferRequest(model_name="mixed", infer_inputs=inputs)
    reply = await client.infer(url, request, model_name="mixed")
    outputs = {output.name: output for output in reply.outputs}
    assert list(outputs["predict"].data) == truth["predictions"], reply
    probabilities = outputs["predict_proba"].as_numpy()
    np.testing.assert_allclose(probabilities, truth["probabilities"], atol=1e-6)
    print(f"KServe's client calls the engine: {len(truth['values'])} rows")


asyncio.run(main())
