"""The double of OpenScale (test/openscale-double/) as a process."""
import contextlib
import json
import subprocess

import requests

from engine import ROOT

COMMAND = ["node", "--import", "./scripts/register-typescript.js", "test/openscale-double/main.ts"]
INSTANCE = "00000000-0000-0000-0000-000000000000"
USERNAME, PASSWORD, API_KEY = "admin", "pass word/+&", "key-of-the-double"


class OpenScale:
    """Answers the requests of the SDK as OpenScale does, and records what it receives."""

    def __init__(self, **options):
        # It ends when its standard input does.
        self.process = subprocess.Popen(
            [*COMMAND, json.dumps(options)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.url = self.process.stdout.readline().strip()

    @property
    def state(self):
        """What is stored, without ids and times."""
        return self.ask("state")

    @property
    def requests(self):
        """The requests that could have changed something: method, operation without the query, and body."""
        return [
            (one["method"], one["path"].partition("?")[0].rpartition("/v2/")[2], one["body"])
            for one in self.ask("requests")
            if one["method"] != "GET"
        ]

    def posted(self, operation):
        """The bodies that were posted to an operation."""
        return [json.loads(body) for method, name, body in self.requests if (method, name) == ("POST", operation)]

    def fail(self, *rules):
        self.ask("failures", list(rules))

    def ask(self, what, body=None):
        reply = requests.post(f"{self.url}/double/{what}", json=body, timeout=60)
        reply.raise_for_status()
        return reply.json()

    def connect(self):
        """The SDK's client, as on Cloud Pak for Data."""
        from ibm_cloud_sdk_core.authenticators import CloudPakForDataAuthenticator
        from ibm_watson_openscale import APIClient

        authenticator = CloudPakForDataAuthenticator(url=self.url, username=USERNAME, password=PASSWORD)
        return APIClient(authenticator=authenticator, service_url=self.url)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


@contextlib.contextmanager
def start(**options):
    openscale = OpenScale(**options)
    try:
        yield openscale
    finally:
        openscale.close()


# The variables of each cloud with which `register --apply` and the programs find the double, which is all of them at once.
CLOUDS = {
    "Cloud Pak for Data, password": lambda url: {
        "OPENSCALE_URL": url, "OPENSCALE_USERNAME": USERNAME, "OPENSCALE_PASSWORD": PASSWORD,
    },
    "Cloud Pak for Data, API key": lambda url: {
        "OPENSCALE_URL": f"{url}/openscale/{INSTANCE}/", "OPENSCALE_USERNAME": USERNAME, "OPENSCALE_API_KEY": API_KEY,
    },
    "AWS": lambda url: {
        "OPENSCALE_URL": url, "OPENSCALE_API_KEY": API_KEY, "OPENSCALE_TOKEN_URL": f"{url}/api/2.0/apikeys/token",
    },
    "AWS, account": lambda url: {
        "OPENSCALE_URL": f"{url}/openscale", "OPENSCALE_API_KEY": API_KEY,
        "OPENSCALE_TOKEN_URL": f"{url}/api/2.0/accounts/a-1/apikeys/token",
    },
    "IBM Cloud": lambda url: {
        "OPENSCALE_URL": url, "IBM_CLOUD_API_KEY": API_KEY, "OPENSCALE_TOKEN_URL": f"{url}/identity/token",
    },
}


def to_environment(openscale, cloud="Cloud Pak for Data, password"):
    """The variables with which `register --apply` and the programs find the double."""
    return {
        **CLOUDS[cloud](openscale.url),
        "ENGINE_USERNAME": "engine user",
        "ENGINE_PASSWORD": "engine password",
        "NO_PROXY": "127.0.0.1",
    }
