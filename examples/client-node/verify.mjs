// A service in Node.js that checks tokens by itself, with npm jose: it reads one
// token a line, and prints for whom it acts or why it is refused. Keys that
// rotate are fetched when a token names one that is not known yet.
//
//   ANTEROOM_ISSUER=http://127.0.0.1:8080 \
//   JWKS_URI=http://127.0.0.1:8080/.well-known/jwks.json node verify.mjs
import { createInterface } from 'node:readline'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const { ANTEROOM_ISSUER: issuer, JWKS_URI, JWKS_COOLDOWN = '30000' } = process.env

const keys = createRemoteJWKSet(new URL(JWKS_URI), { cooldownDuration: Number(JWKS_COOLDOWN) })
const rules = { issuer, audience: `${issuer}/external-api`, typ: 'at+jwt', algorithms: ['ES256', 'EdDSA', 'RS256'] }

for await (const token of createInterface({ input: process.stdin })) {
  try {
    const { payload } = await jwtVerify(token, keys, rules)
    console.log(`${payload.act.sub} acts for ${payload.sub}: ${payload.scope}`)
  } catch (error) {
    console.log(`refused: ${error.code}`)
  }
}
