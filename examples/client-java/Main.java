import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.util.JSONObjectUtils;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;

/**
 * An application in Java with nothing but the stock OAuth client, Nimbus' oauth2-oidc-sdk: it creates a room for a user,
 * reads, changes and deletes it.
 *
 * <pre>
 * mvn dependency:copy-dependencies
 * ANTEROOM_API=http://127.0.0.1:8080/external-api/v1.0 \
 * CLIENT_ID=app_... CLIENT_SECRET=arsk_... USER_EMAIL=alice@example.com java -cp 'target/dependency/*' Main.java
 * </pre>
 */
public class Main {
  private static final String API = System.getenv("ANTEROOM_API");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  public static void main(String[] arguments) throws Exception {
    var id = new ClientID(System.getenv("CLIENT_ID"));
    var secret = new Secret(System.getenv("CLIENT_SECRET"));
    for (var credentials : List.of(new ClientSecretBasic(id, secret), new ClientSecretPost(id, secret))) {
      run(token(credentials));
    }
  }

  /** Asks for a token for the user, whose address is the scope. */
  private static AccessToken token(ClientAuthentication credentials) throws Exception {
    var request = new TokenRequest.Builder(
            URI.create(API + "/application/token/"), credentials, new ClientCredentialsGrant())
        .scope(new Scope(System.getenv("USER_EMAIL")))
        .build();
    var response = TokenResponse.parse(request.toHTTPRequest().send());
    if (!response.indicatesSuccess()) {
      throw new IllegalStateException(response.toErrorResponse().getErrorObject().toString());
    }
    return response.toSuccessResponse().getTokens().getAccessToken();
  }

  private static void run(AccessToken token) throws Exception {
    var created = call(token, "POST", "", "{\"name\":\"Budget\"}");
    System.out.println("created " + created.get("name") + " " + created.get("url"));
    var changed = call(token, "PATCH", created.get("id") + "/", "{\"name\":\"Budget 2027\"}");
    System.out.println("renamed " + changed.get("name") + " " + changed.get("url"));
    System.out.println("listed " + call(token, "GET", "", "").get("count"));
    call(token, "DELETE", created.get("id") + "/", "");
    System.out.println("deleted " + created.get("name"));
  }

  /** Sends one request; errors carry the problem's code and the request id. */
  private static Map<String, Object> call(AccessToken token, String method, String path, String body)
      throws Exception {
    var request = HttpRequest.newBuilder(URI.create(API + "/rooms/" + path))
        .header("Authorization", token.toAuthorizationHeader())
        .header("Content-Type", "application/json")
        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
        .build();
    var response = HTTP.send(request, BodyHandlers.ofString());
    if (response.statusCode() >= 400) {
      throw new IllegalStateException(method + " " + path + ": " + response.body());
    }
    return response.body().isEmpty() ? Map.of() : JSONObjectUtils.parse(response.body());
  }
}
