// Arranges the document for reading from top to bottom and trying everything out on
// the way: what ends a room or a token comes last, and nothing is filled in that is
// optional, because a filter or a condition that no one asked for makes a request fail.

const last = { name: "end", description: "What ends a room or a token: to be tried out last" };
const ending = ["deleteRoom", "revokeToken"];

// Defaults of optional parameters become text: page=1 would be sent beside a cursor.
function withoutDefault(parameter) {
  if (parameter.required || parameter.schema?.default === undefined) return parameter;
  const { default: value, ...schema } = parameter.schema;
  return { ...parameter, schema, description: `${parameter.description ?? ""} Default: \`${value}\`.` };
}

function arranged(document) {
  const operations = Object.values(document.paths ?? {}).flatMap((item) => Object.values(item));
  for (const operation of operations.filter((one) => one.operationId)) {
    if (ending.includes(operation.operationId)) operation.tags = [last.name];
    if (operation.parameters) operation.parameters = operation.parameters.map(withoutDefault);
  }
  document.tags = [...(document.tags ?? []), last];
  sections = document.tags.map(({ name }) => name);
  return document;
}

// Sections in the order of the document's tags, not of their first operations.
let sections = [];
export const bySection = (one, other) => sections.indexOf(one) - sections.indexOf(other);

export const arrange = () => ({
  statePlugins: { spec: { wrapActions: { updateJsonSpec: (original) => (document) => original(arranged(document)) } } },
});
