"""A program for Google Meet in Python, with nothing but Google's client
libraries, a key file and an endpoint: it creates a space for a user, finds it by its
code, changes it, invites a member, and ends the call.

    pip install -r requirements.txt
    KEY_FILE=key.json ENDPOINT=http://127.0.0.1:8080/google \\
    USER_EMAIL=alice@example.com OTHER_EMAIL=bob@example.com \\
    STRANGER_EMAIL=carol@example.com python main.py
"""

import os

from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.apps import meet_v2
from google.oauth2 import service_account
from google.protobuf import field_mask_pb2
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

SCOPE = "https://www.googleapis.com/auth/meetings.space.created"
ENDPOINT = os.environ["ENDPOINT"]


def credentials(user):
    """Return what acts for a user."""
    return service_account.Credentials.from_service_account_file(
        os.environ["KEY_FILE"], scopes=[SCOPE], subject=user
    )


def discovered(user):
    """Return google-api-python-client, which has the API's description with it."""
    return build(
        "meet",
        "v2",
        credentials=credentials(user),
        static_discovery=True,
        client_options={"api_endpoint": ENDPOINT},
    ).spaces()


def generated(user):
    """Return google-apps-meet, over REST: its default is gRPC."""
    return meet_v2.SpacesServiceClient(
        credentials=credentials(user),
        transport="rest",
        client_options=ClientOptions(api_endpoint=ENDPOINT),
    )


def walk_discovered():
    """Use every kind of method once."""
    spaces = discovered(os.environ["USER_EMAIL"])
    made = spaces.create(body={"config": {"accessType": "RESTRICTED"}}).execute()
    print("created", made["config"]["accessType"], made["meetingUri"])
    found = spaces.get(name="spaces/" + made["meetingCode"].upper()).execute()
    print("found by its code", found["name"] == made["name"])
    changed = spaces.patch(
        name=made["name"],
        updateMask="config.accessType",
        body={"config": {"accessType": "TRUSTED"}},
    ).execute()
    print("changed", changed["config"]["accessType"])
    member = {"email": os.environ["OTHER_EMAIL"], "role": "COHOST"}
    spaces.members().create(parent=made["name"], body=member).execute()
    listed = spaces.members().list(parent=made["name"]).execute()["members"]
    print("listed", len(listed), listed[0]["role"])
    spaces.endActiveConference(name=made["name"], body={}).execute()
    print("ended")
    try:
        discovered(os.environ["STRANGER_EMAIL"]).get(name=made["name"]).execute()
    except HttpError as error:
        if error.status_code != 404:
            raise
        print("not found for another user:", error.reason)
    else:
        raise SystemExit("another user's space was found")


def walk_generated():
    """Do the same with the other library."""
    client = generated(os.environ["USER_EMAIL"])
    config = meet_v2.SpaceConfig(access_type=meet_v2.SpaceConfig.AccessType.RESTRICTED)
    made = client.create_space(
        meet_v2.CreateSpaceRequest(space=meet_v2.Space(config=config))
    )
    print("created", made.config.access_type.name, made.meeting_uri)
    found = client.get_space(name="spaces/" + made.meeting_code.upper())
    print("found by its code", found.name == made.name)
    made.config.access_type = meet_v2.SpaceConfig.AccessType.TRUSTED
    mask = field_mask_pb2.FieldMask(paths=["config.access_type"])
    changed = client.update_space(space=made, update_mask=mask)
    print("changed", changed.config.access_type.name)
    member = meet_v2.Member(
        email=os.environ["OTHER_EMAIL"], role=meet_v2.Member.Role.COHOST
    )
    client.create_member(parent=made.name, member=member)
    listed = list(client.list_members(parent=made.name))
    print("listed", len(listed), listed[0].role.name)
    client.end_active_conference(name=made.name)
    print("ended")
    try:
        generated(os.environ["STRANGER_EMAIL"]).get_space(name=made.name)
    except exceptions.NotFound as error:
        print("not found for another user:", error.message)
    else:
        raise SystemExit("another user's space was found")


walk_discovered()
walk_generated()
