"""Signs requests with botocore: reads one JSON object per line, writes one Authorization header per line."""

import base64
import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

for line in sys.stdin:
    sample = json.loads(line)
    now = datetime.datetime.fromisoformat(sample["date"].replace("Z", "+00:00"))
    botocore.auth.get_current_datetime = lambda now=now: now
    request = AWSRequest(
        method=sample["method"],
        url=sample["url"],
        headers=sample["headers"],
        data=base64.b64decode(sample["body"]),
    )
    credentials = Credentials(sample["key"], sample["secret"], sample["token"])
    botocore.auth.SigV4Auth(credentials, sample["service"], sample["region"]).add_auth(request)
    print(request.headers["Authorization"], flush=True)
