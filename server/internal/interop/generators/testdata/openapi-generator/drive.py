"""Calls the operations with the client that openapi-generator makes for Python by default."""

import datetime
import os

import openapi_client as made
from openapi_client.exceptions import NotFoundException

HOST, API = os.environ["ANTEROOM_HOST"], os.environ["ANTEROOM_API"]
CREDENTIALS = {"client_id": os.environ["CLIENT_ID"], "client_secret": os.environ["CLIENT_SECRET"]}

configuration = made.Configuration()
assert configuration.host == API, configuration.host
client = made.ApiClient(configuration)
tokens = made.TokenApi(client)
token = tokens.issue_token(grant_type="client_credentials", scope=os.environ["USER_EMAIL"], **CREDENTIALS)
configuration.access_token = token.access_token

rooms, attendees = made.RoomsApi(client), made.AttendeesApi(client)
soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
room = rooms.create_room(idempotency_key="og-python", room_fields=made.RoomFields(
    name="Budget", access_level=made.AccessLevel.TRUSTED, external_id="uid-og", expires_at=soon,
    configuration=made.RoomConfiguration(can_publish_sources=["camera"], everyone_can_mute=False)))
assert room.expires_at == soon, room
for _ in range(2):
    rooms.create_room()
page = rooms.list_rooms(page_size=2, order=made.RoomOrder.CREATED_AT)
assert page.count >= 3 and len(page.results) == 2 and page.next, page
assert rooms.list_rooms(external_id=["uid-og", "other"]).results[0].id == room.id
assert rooms.look_up_room(made.JoinLink(url=room.url)).id == room.id
key = str(room.id)
read = rooms.retrieve_room_with_http_info(key)
changed = rooms.update_room(key, if_match={name.lower(): value for name, value in read.headers.items()}["etag"],
                            room_fields=made.RoomFields(name="Budget 2027", expires_at=None))
assert changed.expires_at is None and changed.name == "Budget 2027" and changed.external_id == "uid-og", changed
assert room.url in rooms.invite_to_room(key, _headers={"Accept": "text/plain"})

bob = attendees.add_attendee(key, made.Invitee(email="bob@example.com"))
assert attendees.retrieve_attendee(key, bob.id).email == "bob@example.com"
assert attendees.change_attendee(key, bob.id, made.AttendeeRole(role="administrator")).role == "administrator"
people = attendees.list_attendees(key)
assert people.count == 2 and people.next is None, people
assert attendees.replace_attendees(key, made.InviteeList(attendees=[
    made.Invitee(email="bob@example.com"), made.Invitee(email="carol@example.com", role=made.Role.MEMBER)])).count == 3
attendees.remove_attendee(key, bob.id)

assert made.StatisticsApi(client).read_statistics(interval=made.Interval.WEEK).results
rooms.delete_room(key)
try:
    rooms.retrieve_room(key)
    raise AssertionError("the room is still there")
except NotFoundException as gone:
    assert gone.data.code == "not_found", gone
assert tokens.introspect_token(token=token.access_token, **CREDENTIALS).active
tokens.revoke_token(token=token.access_token, **CREDENTIALS)

public = made.DocumentsApi(made.ApiClient(made.Configuration()))
assert public.open_api().openapi == "3.1.0" and public.open_api30().openapi == "3.0.3"
public.docs()
assert public.jwks().keys[0].use == "sig"  # at the host, which the document names
assert public.authorization_server().issuer == HOST
public.protected_resource()
assert public.alive().status == public.ready().status == "ok"
print("every operation")
