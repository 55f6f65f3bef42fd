// What a newcomer does with the page. Every step waits for what it needs to be there.
const patience = 60_000;

async function there(find, what) {
  for (const end = Date.now() + patience; Date.now() < end; await new Promise((next) => setTimeout(next, 20))) {
    const found = find();
    if (found) return found;
  }
  throw new Error(`there is no ${what}`);
}

const one = (selector, within = document) => there(() => within.querySelector(selector), selector);

async function authorize() {
  (await one(".opblock")) && (await one(".btn.authorize")).click();
  (await one(".dialog-ux .auth-btn-wrapper .authorize")).click();
  const outcome = await there(() => document.querySelector(".dialog-ux h6, .dialog-ux .errors"), "outcome");
  (await one(".dialog-ux .btn-done")).click();
  return outcome.textContent;
}

// The operations in the order in which the page shows them.
const listed = () => [...document.querySelectorAll(".opblock")].map(({ id }) => id.split("-").at(-1));

// Opens an operation and presses its buttons. The answer's status is returned.
async function execute(id, leaveOpen) {
  const block = await one(`.opblock[id$="-${id}"]`);
  block.querySelector(".opblock-summary-control").click();
  (await one(".try-out__btn", block)).click();
  (await one(".execute", block)).click();
  const answer = await there(() => block.querySelector(".live-responses-table .response .response-col_status, .validation-errors"), `answer to ${id}`);
  const wide = document.documentElement.scrollWidth;
  const told = block.querySelector(".live-responses-table .response pre")?.textContent.slice(0, 300) ?? "";
  block.querySelector(".request-url")?.scrollIntoView();
  if (!leaveOpen) block.querySelector(".opblock-summary-control").click();
  return { status: answer.textContent.trim(), told: /^2/.test(answer.textContent.trim()) ? "" : told, wide };
}

// The join link that the page has carried into the look-up.
async function link() {
  const block = await one('.opblock[id$="-lookUpRoom"]');
  block.querySelector(".opblock-summary-control").click();
  (await one(".try-out__btn", block)).click();
  return JSON.parse((await one("textarea", block)).value).url;
}
