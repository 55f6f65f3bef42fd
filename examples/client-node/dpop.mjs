// An application in Node.js whose tokens are of no use to whoever steals them: they are
// bound to a key that never leaves it (DPoP, RFC 9449). It does the same round with
// npm oauth4webapi, step by step, and with npm openid-client.
//
//   npm install
//   ANTEROOM_API=http://127.0.0.1:8080/external-api/v1.0 \
//   CLIENT_ID=app_… CLIENT_SECRET=arsk_… USER_EMAIL=alice@example.com node dpop.mjs
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

const { ANTEROOM_API: api, CLIENT_ID, CLIENT_SECRET, USER_EMAIL } = process.env

const server = { issuer: new URL(api).origin, token_endpoint: `${api}/application/token/` }
const insecure = api.startsWith('http://') // for trying out on loopback

// withNonce runs a request, and once more if the server demands a nonce, which the handle
// has kept from the first answer.
async function withNonce(request) {
  try {
    return await request()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return request()
  }
}

// round makes, renames, lists and deletes a room by a function that sends requests.
async function round(send) {
  async function call(method, path, body) {
    const headers = new Headers({ 'content-type': 'application/json' })
    const text = body === undefined ? undefined : JSON.stringify(body)
    const response = await send(method, new URL(`${api}/rooms/${path}`), headers, text)
    if (response.status === 204) return undefined
    const answer = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.code}: ${answer.detail}`)
    return answer
  }
  const created = await call('POST', '', { name: 'Budget' })
  console.log('created', created.name, created.url)
  const changed = await call('PATCH', `${created.id}/`, { name: 'Budget 2027' })
  console.log('renamed', changed.name, changed.url)
  const list = await call('GET', '?page=1')
  console.log('listed', list.count)
  await call('DELETE', `${created.id}/`)
  console.log('deleted', created.name)
}

// stepByStep uses oauth4webapi.
async function stepByStep() {
  const client = { client_id: CLIENT_ID }
  const options = { DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')), [oauth.allowInsecureRequests]: insecure }
  const { access_token: token, token_type: type } = await withNonce(async () => {
    const response = await oauth.clientCredentialsGrantRequest(
      server, client, oauth.ClientSecretBasic(CLIENT_SECRET), { scope: USER_EMAIL }, options)
    return oauth.processClientCredentialsResponse(server, client, response)
  })
  console.log('oauth4webapi has a token of type', type)
  await round((method, url, headers, body) =>
    withNonce(() => oauth.protectedResourceRequest(token, method, url, headers, body, options)))
}

// whole uses openid-client, which sends requests again by itself.
async function whole() {
  const config = new openid.Configuration(server, CLIENT_ID, undefined, openid.ClientSecretPost(CLIENT_SECRET))
  if (insecure) openid.allowInsecureRequests(config)
  const options = { DPoP: openid.getDPoPHandle(config, await openid.randomDPoPKeyPair()) }
  const { access_token: token, token_type: type } = await openid.clientCredentialsGrant(config, { scope: USER_EMAIL }, options)
  console.log('openid-client has a token of type', type)
  await round((method, url, headers, body) =>
    openid.fetchProtectedResource(config, token, url, method, body, headers, options))
}

await stepByStep()
await whole()
