// An application in Node.js with nothing but the stock OAuth client,
// npm openid-client: it creates a room for a user, reads, changes and deletes it.
//
//   npm install
//   ANTEROOM_API=http://127.0.0.1:8080/external-api/v1.0 \
//   CLIENT_ID=app_… CLIENT_SECRET=arsk_… USER_EMAIL=alice@example.com node main.mjs
import * as oauth from 'openid-client'

const { ANTEROOM_API: api, CLIENT_ID, CLIENT_SECRET, USER_EMAIL } = process.env

const server = { issuer: new URL(api).origin, token_endpoint: `${api}/application/token/` }

// call sends one request with the token; errors carry the problem's code and
// the request id to quote to the operator.
async function call(config, token, method, path, body) {
  const headers = new Headers({ 'content-type': 'application/json' })
  const text = body === undefined ? undefined : JSON.stringify(body)
  const response = await oauth.fetchProtectedResource(config, token, new URL(`${api}/rooms/${path}`), method, text, headers)
  if (response.status === 204) return undefined
  const answer = await response.json()
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${answer.code}: ${answer.detail} (request ${response.headers.get('x-request-id')})`)
  }
  return answer
}

// run does the whole round with one way of client authentication.
async function run(authentication) {
  const config = new oauth.Configuration(server, CLIENT_ID, undefined, authentication)
  if (api.startsWith('http://')) oauth.allowInsecureRequests(config) // for trying out on loopback

  const { access_token: token } = await oauth.clientCredentialsGrant(config, { scope: USER_EMAIL })
  const created = await call(config, token, 'POST', '', { name: 'Budget' })
  console.log('created', created.name, created.url)
  const changed = await call(config, token, 'PATCH', `${created.id}/`, { name: 'Budget 2027' })
  console.log('renamed', changed.name, changed.url)
  const list = await call(config, token, 'GET', '')
  console.log('listed', list.count)
  await call(config, token, 'DELETE', `${created.id}/`)
  console.log('deleted', created.name)
}

await run(oauth.ClientSecretPost(CLIENT_SECRET))
await run(oauth.ClientSecretBasic(CLIENT_SECRET)) // form-encodes even the underscores
