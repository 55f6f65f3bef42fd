// Calls every operation with the types that openapi-typescript makes, in openapi-fetch.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

declare const process: { env: Record<string, string> };
const { ANTEROOM_API, ANTEROOM_HOST, CLIENT_ID: client_id, CLIENT_SECRET: client_secret, USER_EMAIL } = process.env;

// good returns the data of an answer that has the status.
function good<T>(answer: { data?: T; error?: unknown; response: Response }, status = 200): T {
  if (answer.response.status !== status) throw new Error(`${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data as T;
}
function equal(real: unknown, wanted: unknown) {
  if (real !== wanted) throw new Error(`${real} is not ${wanted}`);
}

const form = {
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
  bodySerializer: (body: object) => new URLSearchParams(body as Record<string, string>),
};
const open = createClient<paths>({ baseUrl: ANTEROOM_API });
const token = good(await open.POST("/application/token", {
  body: { grant_type: "client_credentials", client_id, client_secret, scope: USER_EMAIL }, ...form }));
const api = createClient<paths>({ baseUrl: ANTEROOM_API, headers: { Authorization: `Bearer ${token.access_token}` } });

const room = good(await api.POST("/rooms", {
  params: { header: { "Idempotency-Key": "node-1" } },
  body: { name: "Budget", access_level: "trusted", external_id: "uid-node", expires_at: "2099-12-31T23:00:00Z",
    configuration: { can_publish_sources: ["camera"], everyone_can_mute: false } } }), 201);
for (let i = 0; i < 2; i++) good(await api.POST("/rooms", {}), 201);
const page = good(await api.GET("/rooms", { params: { query: { page_size: 2, order: "created_at" } } }));
equal(page.count, 3);
equal(page.results.length, 2);
equal(good(await api.GET("/rooms", { params: { query: { page_size: 2, page: 2 } } })).next, null);
equal(good(await api.GET("/rooms", { params: { query: { external_id: ["uid-node", "other"], created_after: "2026-01-01T00:00:00Z" } } })).results[0].id, room.id);
equal(good(await api.POST("/rooms/lookup", { body: { url: room.url } })).id, room.id);

const path = { id: room.id };
const read = await api.GET("/rooms/{id}", { params: { path } });
equal(good(read).name, "Budget");
const changed = good(await api.PATCH("/rooms/{id}", {
  params: { path, header: { "If-Match": read.response.headers.get("ETag")! } },
  body: { name: "Budget 2027", expires_at: null } }));
equal(changed.expires_at, null);
equal(good(await api.PATCH("/rooms/{id}", { params: { path }, body: { metadata: { cost_center: "4711" } },
  headers: { "Content-Type": "application/merge-patch+json" } })).metadata.cost_center, "4711");
equal(good(await api.GET("/rooms/{id}/invitation", { params: { path }, parseAs: "text" })).includes(room.url), true);

const bob = good(await api.POST("/rooms/{id}/attendees", { params: { path }, body: { email: "bob@example.com" } }), 201);
const one = { params: { path: { ...path, attendee: bob.id } } };
equal(good(await api.GET("/rooms/{id}/attendees/{attendee}", one)).email, "bob@example.com");
equal(good(await api.PATCH("/rooms/{id}/attendees/{attendee}", { ...one, body: { role: "administrator" } })).role, "administrator");
equal(good(await api.GET("/rooms/{id}/attendees", { params: { path } })).next, null);
equal(good(await api.PUT("/rooms/{id}/attendees", { params: { path },
  body: { attendees: [{ email: "bob@example.com" }, { email: "carol@example.com", role: "member" }] } })).count, 3);
good(await api.DELETE("/rooms/{id}/attendees/{attendee}", one), 204);

equal(good(await api.GET("/stats/rooms", { params: { query: { interval: "week" } } })) !== undefined, true);
good(await api.DELETE("/rooms/{id}", { params: { path } }), 204);
const gone = await api.GET("/rooms/{id}", { params: { path } });
good(gone, 404);
equal(gone.error?.code, "not_found");

const about = { token: token.access_token, client_id, client_secret };
equal(good(await open.POST("/application/introspect", { body: about, ...form })).active, true);
good(await open.POST("/application/revoke", { body: about, ...form, parseAs: "text" }));

equal(good(await open.GET("/openapi.json")).openapi, "3.1.0");
equal(good(await open.GET("/openapi-3.0.json")).openapi, "3.0.3");
good(await open.GET("/docs", { parseAs: "text" }));
const host = createClient<paths>({ baseUrl: ANTEROOM_HOST });
equal(good(await host.GET("/.well-known/jwks.json")).keys[0].use, "sig");
good(await host.GET("/.well-known/oauth-authorization-server"));
good(await host.GET("/.well-known/oauth-protected-resource/external-api"));
equal(good(await host.GET("/healthz")).status, "ok");
equal(good(await host.GET("/readyz")).status, "ok");
console.log("every operation");
