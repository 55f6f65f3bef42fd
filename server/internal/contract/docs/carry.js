// Carries what an answer tells into the requests that come after it: the room that
// was created into every operation on a room, a token into what is asked about it.

const credentials = ["client_id", "client_secret"];
const aboutTokens = ["introspectToken", "revokeToken"];

// What an operation's answer tells, by operationId. Null is what is gone.
const learned = {
  issueToken: ({ access_token: token }) => ({ token }),
  listRooms: ({ results: [room] }) => (room ? aboutRoom(room) : {}),
  createRoom: (room) => aboutRoom(room),
  lookUpRoom: (room) => aboutRoom(room),
  deleteRoom: () => ({ id: null, attendee: null, url: null }),
  listAttendees: ({ results }) => aboutAttendees(results),
  replaceAttendees: ({ results }) => aboutAttendees(results),
  addAttendee: ({ id: attendee }) => ({ attendee }),
  removeAttendee: () => ({ attendee: null }),
};

const aboutRoom = ({ id, url }) => ({ id, url });

// The owner, who comes first, can neither be changed nor removed.
const aboutAttendees = ([, other]) => (other ? { attendee: other.id } : {});

// Every operation of the document with its path and method. The document is large, and
// the same from beginning to end.
let read = {};
function operations(system) {
  const document = system.specSelectors.specJson();
  if (read.document !== document) read = { document, list: [...listed(document.toJS().paths ?? {})] };
  return read.list;
}

function* listed(paths) {
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (operation.operationId) yield { path, method, operation, shared: item.parameters ?? [] };
    }
  }
}

const find = (system, id) => operations(system).find(({ operation }) => operation.operationId === id);

function fillPaths(system, values) {
  for (const { path, method, operation, shared } of operations(system)) {
    for (const parameter of [...shared, ...(operation.parameters ?? [])]) {
      if (parameter.in === "path" && parameter.name in values) {
        system.specActions.changeParam([path, method], parameter.name, parameter.in, values[parameter.name]);
      }
    }
  }
}

function fillBody(system, id, value) {
  const target = find(system, id);
  if (!target) return;
  const pathMethod = [target.path, target.method];
  system.oas3Actions.setRetainRequestBodyValueFlag({ pathMethod, value: true }); // when the form is opened
  system.oas3Actions.setRequestBodyValue({ pathMethod, value });
}

const fillForm = (system, id, fields) => fillBody(system, id, system.Im.Map(fields));

// Fills the forms about tokens with what is known of the client and the user. All other
// fields are empty, instead of what their types would suggest.
export function fillForms(system, known) {
  const client = Object.fromEntries(credentials.map((name) => [name, known[name] ?? ""]));
  const none = { client_assertion_type: "", client_assertion: "", assertion: "" };
  fillForm(system, "issueToken", { grant_type: "client_credentials", ...none, ...client, scope: known.user ?? "" });
  for (const id of aboutTokens) fillForm(system, id, client);
}

function remember(system, id, response) {
  const values = learned[id]?.(response.body ?? {}) ?? {};
  fillPaths(system, values);
  if (values.url) fillBody(system, "lookUpRoom", JSON.stringify({ url: values.url }, null, 2));
  if (values.token) for (const about of aboutTokens) fillForm(system, about, { token: values.token });
}

export const carry = (system) => ({
  statePlugins: {
    spec: {
      wrapActions: {
        setResponse: (original) => (path, method, response) => {
          const result = original(path, method, response);
          const operation = system.getSystem().specSelectors.specJson().getIn(["paths", path, method]);
          if (response.status >= 200 && response.status < 300) {
            remember(system.getSystem(), operation?.get("operationId"), response);
          }
          return result;
        },
      },
    },
  },
});
