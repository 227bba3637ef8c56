"""Serves a pipeline with Ray Serve on a local cluster of two nodes, one replica on each, with a custom format over plain HTTP:
{"rows": [{column: cell}]} -> {"results": [{"label": …, "scores": {class: probability}}]}. GET answers when it is ready; GET
/loans/node returns the node of the replica that answers.

Arguments: the pipeline's file and the port. On SIGUSR1, the second node crashes and another one joins. Ends with its process
group.
"""
import signal
import sys

import joblib
import pandas as pd
import ray
from ray import serve
from ray.cluster_utils import Cluster
from starlette.requests import Request
from starlette.responses import JSONResponse

# Bytes; Ray's minimum.
OBJECT_STORE = 80 * 1024 * 1024


@serve.deployment(num_replicas=2, max_replicas_per_node=1, ray_actor_options={"num_cpus": 1})
class Loans:
    def __init__(self, file):
        self.pipeline = joblib.load(file)

    async def __call__(self, request: Request):
        if request.url.path.endswith("/node"):
            return {"node": ray.get_runtime_context().get_node_id()}
        if request.method == "GET":
            return {"status": "ready"}
        try:
            rows = pd.DataFrame((await request.json())["rows"])
            labels = self.pipeline.predict(rows).tolist()
            vectors = self.pipeline.predict_proba(rows).tolist()
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        classes = self.pipeline.classes_.tolist()
        results = [{"label": label, "scores": dict(zip(classes, vector))} for label, vector in zip(labels, vectors)]
        return {"results": results}


def main(file, port):
    # Only this thread handles the signal; child processes inherit the mask, so the signal does not end them.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    node = {"num_cpus": 1, "object_store_memory": OBJECT_STORE}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    nodes = [cluster.add_node(**node)]
    ray.init(address=cluster.address, log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(port), "location": "HeadOnly"})
    serve.run(Loans.bind(file), route_prefix="/loans")
    while signal.sigwait([signal.SIGUSR1]):
        cluster.remove_node(nodes.pop(), allow_graceful=False)
        nodes.append(cluster.add_node(**node))


main(*sys.argv[1:])
