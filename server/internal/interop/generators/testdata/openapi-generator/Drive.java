import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.openapitools.client.*;
import org.openapitools.client.api.*;
import org.openapitools.client.auth.HttpBearerAuth;
import org.openapitools.client.model.*;

/** Calls the operations with the client that openapi-generator makes for Java by default. */
public class Drive {
    static void check(boolean ok, Object about) {
        if (!ok) throw new AssertionError(about);
    }

    public static void main(String[] args) throws Exception {
        String id = System.getenv("CLIENT_ID"), secret = System.getenv("CLIENT_SECRET");
        ApiClient client = Configuration.getDefaultApiClient();
        client.setBasePath(System.getenv("ANTEROOM_API"));
        TokenApi tokens = new TokenApi(client);
        String token = tokens.issueToken("client_credentials", null, null, null, id, secret, System.getenv("USER_EMAIL"))
            .getAccessToken();
        ((HttpBearerAuth) client.getAuthentication("bearer")).setBearerToken(token);

        RoomsApi rooms = new RoomsApi(client);
        OffsetDateTime soon = OffsetDateTime.now().plusHours(1).truncatedTo(ChronoUnit.MICROS);
        Room room = rooms.createRoom("og-java", new RoomFields().name("Budget").externalId("uid-java").expiresAt(soon)
            .accessLevel(AccessLevel.TRUSTED)._configuration(new RoomConfiguration().everyoneCanMute(false)));
        check(room.getExpiresAt().isEqual(soon), room);
        for (int i = 0; i < 2; i++) rooms.createRoom(null, new RoomFields());
        RoomList page = rooms.listRooms(null, 2, null, RoomOrder.CREATED_AT, null, null, null, soon.minusDays(1), null, null);
        check(page.getCount() >= 3 && page.getResults().size() == 2 && page.getNext() != null, page);
        page = rooms.listRooms(null, null, null, null, null, List.of("uid-java", "other"), null, null, null, null);
        check(page.getResults().get(0).getId().equals(room.getId()), page);
        check(rooms.lookUpRoom(new JoinLink().url(room.getUrl())).getName().equals("Budget"), room);
        String key = room.getId().toString();
        check(rooms.retrieveRoom(key, null, null, null).getName().equals("Budget"), room);
        Room changed = rooms.updateRoom(key, null, new RoomFields().name("Budget 2027"));
        check(changed.getName().equals("Budget 2027") && changed.getExternalId().equals("uid-java"), changed);
        check(rooms.inviteToRoom(key, null, null, null, "fr").contains(room.getUrl().toString()), room);

        AttendeesApi attendees = new AttendeesApi(client);
        Attendee bob = attendees.addAttendee(key, new Invitee().email("bob@example.com"), null);
        check(attendees.retrieveAttendee(key, bob.getId(), null, null).getEmail().equals("bob@example.com"), bob);
        bob = attendees.changeAttendee(key, bob.getId(), new AttendeeRole().role(AttendeeRole.RoleEnum.ADMINISTRATOR), null);
        check(bob.getRole() == Role.ADMINISTRATOR, bob);
        check(attendees.listAttendees(key, null, null).getNext() == null, bob);
        check(attendees.replaceAttendees(key, new InviteeList().attendees(List.of(new Invitee().email("bob@example.com"),
            new Invitee().email("carol@example.com").role(Role.MEMBER))), null).getCount() == 3, bob);
        attendees.removeAttendee(key, bob.getId(), null);

        check(!new StatisticsApi(client).readStatistics(Interval.WEEK, null, null, null).getResults().isEmpty(), room);
        rooms.deleteRoom(key, null);
        try {
            rooms.retrieveRoom(key, null, null, null);
            throw new AssertionError("the room is still there");
        } catch (ApiException gone) {
            check(gone.getCode() == 404, gone);
        }
        check(tokens.introspectToken(token, id, secret).getActive(), token);
        tokens.revokeToken(token, id, secret);

        DocumentsApi documents = new DocumentsApi(client);
        check(documents.openAPI().getOpenapi().equals("3.1.0"), "openapi.json");
        check(documents.openAPI30().getOpenapi().equals("3.0.3"), "openapi-3.0.json");
        documents.docs();
        documents.jwks();
        documents.authorizationServer();
        documents.protectedResource();
        documents.alive();
        documents.ready();
        System.out.println("every operation");
    }
}
