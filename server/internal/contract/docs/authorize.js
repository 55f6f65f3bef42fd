// Gets tokens on behalf of a user: the client-credentials flow with the address of the
// user in the scope. The button tells when the token has ended.
import { fillForms } from "./carry.js";

const scheme = "oauth2";

export const authorization = (known) => {
  let user = known.user ?? "";
  let ended = ""; // why there is no token any more
  let timer;

  function end(system, reason) {
    ended = reason;
    system.authActions.logout([scheme]);
  }

  const actions = {
    // The scope of the request: the address first, and the actions that were chosen.
    authorizeApplication: (original) => (auth) => {
      const chosen = auth.scopes.filter((scope) => !scope.includes("@"));
      return original({ ...auth, scopes: user === "" ? chosen : [user, ...chosen] });
    },
    authorizeOauth2: (original, system) => (granted) => {
      clearTimeout(timer);
      ended = "";
      timer = setTimeout(() => end(system, "expired"), granted.token.expires_in * 1000);
      const { clientId: client_id, clientSecret: client_secret } = granted.auth;
      fillForms(system, { client_id, client_secret, user });
      return original(granted);
    },
    logout: (original) => (names) => {
      if (names.includes(scheme)) clearTimeout(timer);
      return original(names);
    },
  };

  // A token can end before its time: it is revoked, or the application disabled.
  const seeRefusals = (original, system) => (path, method, response) => {
    const used = system.authSelectors.authorized().has(scheme);
    if (used && response.status === 401 && response.body?.code === "invalid_token") end(system, "no longer valid");
    return original(path, method, response);
  };

  const components = {
    authorizeBtn: (_, { React }) => ({ isAuthorized, showPopup, onClick, getComponent }) => {
      const icon = getComponent(isAuthorized ? "LockAuthIcon" : "UnlockAuthIcon", true);
      const text = !isAuthorized && ended ? `Token ${ended}: authorize again` : "Authorize";
      const state = isAuthorized ? "locked" : "unlocked";
      return React.createElement("div", { className: "auth-wrapper" },
        React.createElement("button",
          { className: `btn authorize ${state}`, type: "button", onClick, "aria-haspopup": "dialog" },
          React.createElement("span", { role: "status" }, text), React.createElement(icon)),
        showPopup && React.createElement(getComponent("authorizationPopup", true)));
    },

    oauth2: (Original, { React }) => (props) => {
      const authorized = Boolean(props.authorized?.get(props.name));
      const change = (event) => { user = event.target.value.trim(); };
      const field = React.createElement("input", { id: "user", type: "email", autoComplete: "off", spellCheck: false,
        placeholder: "alice@example.com", defaultValue: user, onChange: change });
      return React.createElement("div", { className: "delegation" },
        React.createElement("label", { htmlFor: "user" }, "Acts for the user with this e-mail address:"),
        authorized ? React.createElement("code", null, user || "no user") : field,
        React.createElement("p", null, "It is sent in the scope, with the actions that you choose below. " +
          "Without any, the token permits everything that the application may do."),
        React.createElement(Original, props));
    },

    // Keeps the keyboard in the dialog while it is open, and closes it with Escape.
    authorizationPopup: (Original, system) => (props) => {
      const { React } = system;
      const dialog = React.useRef(null);
      const opener = React.useRef(document.activeElement); // before an input in the dialog takes the focus
      React.useEffect(() => {
        (dialog.current.querySelector("#user") ?? dialog.current.querySelector("button")).focus();
        return () => opener.current?.focus();
      }, []);
      const onKeyDown = (event) => {
        if (event.key === "Escape") system.authActions.showDefinitions(false);
        if (event.key === "Tab") stayInside(event, dialog.current);
      };
      return React.createElement("div",
        { ref: dialog, role: "dialog", "aria-modal": true, "aria-label": "Authorize", onKeyDown },
        React.createElement(Original, props));
    },
  };

  return () => ({
    statePlugins: { auth: { wrapActions: actions }, spec: { wrapActions: { setResponse: seeRefusals } } },
    wrapComponents: components,
  });
};

function stayInside(event, dialog) {
  const places = [...dialog.querySelectorAll("a[href], button, input, select, textarea")]
    .filter((one) => !one.disabled);
  const [first, final] = [places[0], places.at(-1)];
  const leaving = event.shiftKey ? first : final;
  if (document.activeElement !== leaving) return;
  event.preventDefault();
  (event.shiftKey ? final : first).focus();
}
