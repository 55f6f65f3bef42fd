// Shows the contract with Swagger UI. What is typed into the page, tokens above
// all, is kept nowhere.
import { arrange, bySection } from "./arrange.js";
import { authorization } from "./authorize.js";
import { carry, fillForms } from "./carry.js";

const { url, form } = document.querySelector("#contract").dataset;

// What the page fills in at first: nothing, unless the server is there to be tried out.
const known = await (await fetch(form)).json();

// The page may be read under another name than the public URL that the document
// has. It calls the server that it came from, and no other one.
function toThisOrigin(request) {
  const { pathname, search } = new URL(request.url, location.href);
  request.url = location.origin + pathname + search;
  return request;
}

const ui = SwaggerUIBundle({
  dom_id: "#contract",
  url,
  validatorUrl: null, // no other host is asked
  deepLinking: true,
  docExpansion: "list",
  tagsSorter: bySection,
  defaultModelExpandDepth: 3,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  syntaxHighlight: false, // of answers of a megabyte it takes seconds
  requestInterceptor: toThisOrigin,
  plugins: [arrange, carry, authorization(known)],
  onComplete: () => fillForms(ui.getSystem(), known),
});
ui.initOAuth({ clientId: known.client_id ?? "", clientSecret: known.client_secret ?? "" });
