"""Calls every operation with the client that openapi-python-client makes by default."""

import datetime
import os

from anteroom_external_api_client import AuthenticatedClient, Client, models
from anteroom_external_api_client.api.attendees import (
    add_attendee, change_attendee, list_attendees, remove_attendee, replace_attendees, retrieve_attendee)
from anteroom_external_api_client.api.documents import (
    alive, authorization_server, docs, jwks, open_api, open_api30, protected_resource, ready)
from anteroom_external_api_client.api.rooms import (
    create_room, delete_room, invite_to_room, list_rooms, look_up_room, retrieve_room, update_room)
from anteroom_external_api_client.api.statistics import read_statistics
from anteroom_external_api_client.api.token import introspect_token, issue_token, revoke_token

HOST, API = os.environ["ANTEROOM_HOST"], os.environ["ANTEROOM_API"]
CREDENTIALS = {"client_id": os.environ["CLIENT_ID"], "client_secret": os.environ["CLIENT_SECRET"]}


def good(response, status, kind):
    """Returns what an answer was parsed to, which has the status and the class."""
    assert response.status_code == status, (response.status_code, response.content)
    assert isinstance(response.parsed, kind), response.parsed
    return response.parsed


public = Client(base_url=API)
asked = {"grant_type": models.TokenRequestGrantType.CLIENT_CREDENTIALS, "scope": os.environ["USER_EMAIL"], **CREDENTIALS}
token = good(issue_token.sync_detailed(client=public, body=models.TokenRequest(**asked)), 200, models.Token)
client = AuthenticatedClient(base_url=API, token=token.access_token)

soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
fields = models.RoomFields(
    name="Budget", access_level=models.AccessLevel.TRUSTED, external_id="uid-python", expires_at=soon,
    configuration=models.RoomConfiguration(can_publish_sources=[models.PublishSource.CAMERA], everyone_can_mute=False))
room = good(create_room.sync_detailed(client=client, body=fields, idempotency_key="python-1"), 201, models.Room)
assert room.expires_at == soon and room.configuration.everyone_can_mute is False, room
for number in range(2):
    good(create_room.sync_detailed(client=client, body=models.RoomFields(name=f"Room {number}")), 201, models.Room)

page = good(list_rooms.sync_detailed(client=client, page_size=2, order=models.RoomOrder.CREATED_AT), 200, models.RoomList)
assert page.count == 3 and len(page.results) == 2 and "http" in page.next_, page
page = good(list_rooms.sync_detailed(client=client, page=2, page_size=2), 200, models.RoomList)
assert len(page.results) == 1 and page.next_ is None, page
page = good(list_rooms.sync_detailed(
    client=client, external_id=["uid-python", "other"], access_level=models.AccessLevel.TRUSTED,
    created_after=soon - datetime.timedelta(days=1), created_before=soon), 200, models.RoomList)
assert [one.id for one in page.results] == [room.id], page

good(look_up_room.sync_detailed(client=client, body=models.JoinLink(url=room.url)), 200, models.Room)
answer = retrieve_room.sync_detailed(str(room.id), client=client)
assert good(answer, 200, models.Room) == room
changed = good(update_room.sync_detailed(
    str(room.id), client=client, if_match=answer.headers["ETag"],
    body=models.RoomFields(name="Budget 2027", expires_at=None, configuration=None)), 200, models.Room)
assert changed.name == "Budget 2027" and changed.expires_at is None and changed.external_id == "uid-python", changed
patch = models.RoomPatch.from_dict({"metadata": {"cost_center": "4711"}, "external_id": None})
changed = good(update_room.sync_detailed(str(room.id), client=client, body=patch), 200, models.Room)
assert changed.metadata["cost_center"] == "4711" and changed.external_id is None, changed
text = good(invite_to_room.sync_detailed(str(room.id), client=client, accept_language="fr"), 200, str)
assert room.url in text, text

bob = good(add_attendee.sync_detailed(
    str(room.id), client=client, body=models.Invitee(email="bob@example.com")), 201, models.Attendee)
good(retrieve_attendee.sync_detailed(str(room.id), bob.id, client=client), 200, models.Attendee)
raised = good(change_attendee.sync_detailed(
    str(room.id), bob.id, client=client, body=models.AttendeeRole.from_dict({"role": "administrator"})), 200, models.Attendee)
assert raised.role == models.Role.ADMINISTRATOR, raised
people = good(list_attendees.sync_detailed(str(room.id), client=client), 200, models.AttendeeList)
assert people.count == 2 and people.next_ is None, people
people = good(replace_attendees.sync_detailed(str(room.id), client=client, body=models.InviteeList(attendees=[
    models.Invitee(email="bob@example.com"), models.Invitee(email="carol@example.com", role=models.Role.MEMBER)])),
    200, models.AttendeeList)
assert people.count == 3, people
assert remove_attendee.sync_detailed(str(room.id), bob.id, client=client).status_code == 204

numbers = good(read_statistics.sync_detailed(
    client=client, interval=models.Interval.WEEK, from_=datetime.date.today()), 200, models.Statistics)
assert numbers.results[0].created == 3, numbers
assert delete_room.sync_detailed(str(room.id), client=client).status_code == 204
gone = good(retrieve_room.sync_detailed(str(room.id), client=client), 404, models.Problem)
assert gone.code == models.ErrorCode.NOT_FOUND, gone

about = models.AboutToken(token=token.access_token, **CREDENTIALS)
assert good(introspect_token.sync_detailed(client=public, body=about), 200, models.Introspection).act.sub
about = models.AboutToken(token=token.access_token, **CREDENTIALS)
assert revoke_token.sync_detailed(client=public, body=about).status_code == 200
good(list_rooms.sync_detailed(client=client), 401, models.Problem)

good(open_api.sync_detailed(client=public), 200, models.Document)
good(open_api30.sync_detailed(client=public), 200, models.Document)
good(docs.sync_detailed(client=public), 200, str)
host = Client(base_url=HOST)
good(jwks.sync_detailed(client=host), 200, models.JWKSet)
good(authorization_server.sync_detailed(client=host), 200, models.AuthorizationServer)
good(protected_resource.sync_detailed(client=host), 200, models.ProtectedResource)
good(alive.sync_detailed(client=host), 200, models.Health)
good(ready.sync_detailed(client=host), 200, models.Health)
print("every operation")
