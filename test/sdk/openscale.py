"""A stub of OpenScale on Cloud Pak for Data."""
import http.server
import json
import threading

DATA_MART, PROVIDER, SUBSCRIPTION = "data-mart-1", "provider-1", "subscription-1"
# The monitors that the SDK looks for when it subscribes.
MONITORS = ("Performance", "Fairness", "Drift", "Quality", "Explainability", "Model Health")


class OpenScale(http.server.ThreadingHTTPServer):
    """Answers the requests of the SDK as OpenScale does, and records what it receives."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        # The last body that was sent to each operation, and those of all monitors.
        self.posted = {}
        self.monitors = []
        self.unexpected = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, method, path):
        base, _, operation = path.partition("?")[0].partition("/v2/")
        if (method, path) == ("POST", "/icp4d-api/v1/authorize"):
            return {"token": "token"}
        if (method, path) == ("GET", "/v1/preauth/validateAuth"):
            return {"accessToken": "token"}
        if method == "GET" and base == "/openscale/00000000-0000-0000-0000-000000000000":
            if operation == "service_providers":
                return {"service_providers": []}
            if operation == "data_marts":
                return {"data_marts": [to_resource(DATA_MART, {})]}
            if operation == "monitor_definitions":
                return {"monitor_definitions": [to_monitor(name) for name in MONITORS]}
            if operation == f"service_providers/{PROVIDER}":
                return to_resource(PROVIDER, self.posted["service_providers"])
            if operation == f"subscriptions/{SUBSCRIPTION}":
                return to_resource(SUBSCRIPTION, self.posted["subscriptions"])
        ids = {"service_providers": PROVIDER, "subscriptions": SUBSCRIPTION, "monitor_instances": "monitor-1"}
        if method == "POST" and operation in ids:
            return to_resource(ids[operation], self.posted[operation])
        self.unexpected.append(f"{method} {path}")
        return None


def to_monitor(name):
    return to_resource(name.lower(), {"name": name, "tags": [], "metrics": []})


def to_resource(identifier, entity):
    if "credentials" in entity:
        entity = {**entity, "credentials": {"secret_id": "secret-1"}}
    metadata = {"id": identifier, "crn": "", "url": "", "created_at": "2026-11-23T00:00:00Z", "created_by": ""}
    return {"metadata": metadata, "entity": {**entity, "status": {"state": "active"}}}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply("GET")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.path.partition("?")[0].rpartition("/v2/")[2]
        self.server.posted[operation] = body
        if operation == "monitor_instances":
            self.server.monitors.append(body)
        self.reply("POST")

    def reply(self, method):
        answer = self.server.answer(method, self.path)
        text = json.dumps(answer).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass
