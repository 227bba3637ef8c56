"""Calls an engine as MLServer's own classes do: they write the request from a data frame, and read metadata and the reply.

usage: call_with_mlserver.py URL TRUTH
"""

import json
import sys
import urllib.request

import numpy as np
import pandas as pd
from mlserver.codecs import NumpyCodec, PandasCodec, StringCodec
from mlserver.types import InferenceResponse, MetadataModelResponse, MetadataServerResponse

url, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    truth = json.load(file)


def call(path, body=None):
    request = urllib.request.Request(url + path, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return reply.read()


server = MetadataServerResponse.model_validate_json(call("/v2"))
model = MetadataModelResponse.model_validate_json(call("/v2/models/mixed"))
assert [tensor.name for tensor in model.inputs] == [column["name"] for column in truth["columns"]], model

frame = pd.DataFrame(truth["values"], columns=[column["name"] for column in truth["columns"]])
texts = [column["name"] for column in truth["columns"] if column["type"] == "string"]
# MLServer's codec does not know the type that pandas 3 has for text.
frame = frame.astype({**dict.fromkeys(texts, object), "income": float})
request = PandasCodec.encode_request(frame, use_bytes=False)
reply = InferenceResponse.model_validate_json(call("/v2/models/mixed/infer", request.model_dump_json().encode()))
outputs = {output.name: output for output in reply.outputs}
assert StringCodec.decode_output(outputs["predict"]) == truth["predictions"], reply
np.testing.assert_allclose(NumpyCodec.decode_output(outputs["predict_proba"]), truth["probabilities"], atol=1e-6)
print(f"MLServer's classes call {server.name} {server.version}: {len(frame)} rows")
