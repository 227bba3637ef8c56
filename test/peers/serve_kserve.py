"""Serves a pipeline with KServe's own server, over V1 and V2, on loopback: `loans` answers labels, `loans-proba` probabilities.

KServe's sklearnserver is not on PyPI, only an image. Its model consists of the three calls of `kserve` below; with
PREDICT_PROBA=true it answers probabilities instead of labels. Arguments: the pipeline's file, then the server's own options.
"""
import sys

import joblib
import uvicorn
from kserve import Model, ModelServer
from kserve.errors import InferenceError
from kserve.utils.utils import get_predict_input, get_predict_response


class PipelineModel(Model):
    def __init__(self, name, pipeline, method):
        super().__init__(name)
        self.score = getattr(pipeline, method)
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        try:
            return get_predict_response(payload, self.score(get_predict_input(payload)), self.name)
        except Exception as error:
            raise InferenceError(str(error)) from error


class LoopbackConfig(uvicorn.Config):
    """The server listens on all addresses and has no option to change that."""

    def __init__(self, app, **options):
        super().__init__(app, **{**options, "host": "127.0.0.1"})


uvicorn.Config = LoopbackConfig
model = joblib.load(sys.argv[1])
ModelServer().start([PipelineModel("loans", model, "predict"), PipelineModel("loans-proba", model, "predict_proba")])
