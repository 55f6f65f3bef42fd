"""An application in Python with nothing but the stock OAuth client,
requests-oauthlib: it creates a room for a user, reads, changes and deletes it.

    pip install -r requirements.txt
    ANTEROOM_API=http://127.0.0.1:8080/external-api/v1.0 \\
    CLIENT_ID=app_... CLIENT_SECRET=arsk_... USER_EMAIL=alice@example.com python main.py
"""

import os

api = os.environ["ANTEROOM_API"]
if api.startswith("http://"):
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # for trying out on loopback
# The request's scope names a user, the answer's scope lists actions: they
# always differ, which RFC 6749 section 5.1 allows and oauthlib takes for an error
# unless it is told otherwise.
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"

from oauthlib.oauth2 import BackendApplicationClient  # noqa: E402
from requests_oauthlib import OAuth2Session  # noqa: E402


def call(session, method, path="", body=None):
    """Send one request; errors carry the problem's code and the request id."""
    response = session.request(method, f"{api}/rooms/{path}", json=body, timeout=30)
    if response.status_code >= 400:
        problem = response.json()
        raise SystemExit(
            f"{method} {path}: {problem['code']}: {problem['detail']} (request {problem['request_id']})"
        )
    return response.json() if response.content else None


def run(include_client_id):
    """Do the whole round, with the credentials in the body or in HTTP Basic."""
    client = BackendApplicationClient(
        client_id=os.environ["CLIENT_ID"], scope=[os.environ["USER_EMAIL"]]
    )
    session = OAuth2Session(client=client)
    session.fetch_token(
        token_url=f"{api}/application/token/",
        client_secret=os.environ["CLIENT_SECRET"],
        include_client_id=include_client_id,
    )
    created = call(session, "POST", body={"name": "Budget"})
    print("created", created["name"], created["url"])
    changed = call(session, "PATCH", f"{created['id']}/", {"name": "Budget 2027"})
    print("renamed", changed["name"], changed["url"])
    print("listed", call(session, "GET")["count"])
    call(session, "DELETE", f"{created['id']}/")
    print("deleted", created["name"])


run(include_client_id=True)
run(include_client_id=False)
