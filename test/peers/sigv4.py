"""Signs requests with botocore: a JSON object a line in, what stands in the header Authorization a line out."""

import base64
import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

for line in sys.stdin:
    asked = json.loads(line)
    now = datetime.datetime.fromisoformat(asked["date"].replace("Z", "+00:00"))
    botocore.auth.get_current_datetime = lambda now=now: now
    request = AWSRequest(
        method=asked["method"],
        url=asked["url"],
        headers=asked["headers"],
        data=base64.b64decode(asked["body"]),
    )
    credentials = Credentials(asked["key"], asked["secret"], asked["token"])
    botocore.auth.SigV4Auth(credentials, asked["service"], asked["region"]).add_auth(request)
    print(request.headers["Authorization"], flush=True)
