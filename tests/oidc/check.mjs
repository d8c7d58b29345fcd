// Signs people in at a real OpenID provider and takes their access tokens to the service.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Provider from 'oidc-provider';

const program = process.argv[2];
assert(program, 'usage: node check.mjs PATH_OF_ehcp-tracker');
const AUDIENCE = 'https://ehcp.example.gov.uk/api';
const CALLBACK = 'http://127.0.0.1:9/callback';

const PEOPLE = {
  cara: { name: 'Cara Council', email: 'cara@council.example', email_verified: true, groups: ['staff', 'send-caseworkers'] },
  max: { name: 'Max Manager', email: 'max@council.example', email_verified: true, groups: ['send-managers'] },
  nils: { name: 'Nils Nobody', email: 'nils@council.example', email_verified: true, groups: ['planning'] },
};

function key(kid, alg) {
  const { privateKey } =
    alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

// The provider answers at one address, whichever of its makings (and so keys) stands behind it.
let handler;
const front = createServer((request, response) => handler(request, response));
front.listen(0, '127.0.0.1');
await once(front, 'listening');
const issuer = `http://127.0.0.1:${front.address().port}`;

function provider(keys, alg) {
  const made = new Provider(issuer, {
    clients: [{
      client_id: 'front-end', token_endpoint_auth_method: 'none', redirect_uris: [CALLBACK],
      grant_types: ['authorization_code'], response_types: ['code'], id_token_signed_response_alg: alg,
      application_type: 'native',
    }],
    jwks: { keys },
    cookies: { keys: ['for this check alone'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
    extraTokenClaims: (_, token) => PEOPLE[token.accountId],
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () =>
          ({ scope: 'openid', audience: AUDIENCE, accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg } } }),
      },
    },
  });
  return made.callback();
}

// The authorization code flow with PKCE, as a browser and a front-end go through it; answers what the provider hands out.
async function signIn(who) {
  const jar = new Map();
  const go = async (url, form) => {
    const response = await fetch(new URL(url, issuer), {
      method: form ? 'POST' : 'GET', redirect: 'manual', body: form && new URLSearchParams(form),
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0].split('=');
      jar.set(name, value);
    }
    return response;
  };
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  let response = await go(`/auth?${new URLSearchParams({
    client_id: 'front-end', response_type: 'code', scope: 'openid', redirect_uri: CALLBACK,
    code_challenge: challenge, code_challenge_method: 'S256', state: 'x',
  })}`);
  for (let steps = 0; steps < 20; steps++) {
    const to = response.headers.get('location');
    if (to?.startsWith(CALLBACK)) {
      const answered = new URL(to).searchParams;
      assert(answered.get('code'), to);
      const tokens = await go('/token', {
        grant_type: 'authorization_code', code: answered.get('code'), redirect_uri: CALLBACK, client_id: 'front-end',
        code_verifier: verifier,
      });
      return tokens.json();
    }
    if (to) {
      response = await go(to);
      continue;
    }
    const page = await response.text();
    const action = page.match(/action="([^"]+)"/)?.[1];
    const prompt = page.match(/name="prompt" value="([^"]+)"/)?.[1];
    assert(action && prompt, page);
    response = await go(action, prompt === 'login' ? { prompt, login: who, password: 'any' } : { prompt });
  }
  throw new Error('the sign-in goes round in circles');
}

const data = mkdtempSync(join(tmpdir(), 'oidc-check-'));
const port = 20000 + (process.pid % 20000);
const service = spawn(program, ['serve'], {
  stdio: ['ignore', 'inherit', 'pipe'],
  env: {
    EHCP_LISTEN: `127.0.0.1:${port}`, EHCP_DATA_DIR: data, EHCP_DATABASE_URL: `sqlite://${join(data, 'ehcp.db')}`,
    EHCP_OIDC_ISSUER: issuer, EHCP_OIDC_AUDIENCE: AUDIENCE, EHCP_OIDC_ROLE_CLAIM: 'groups', EHCP_OIDC_REFRESH_SECONDS: '1',
    EHCP_OIDC_ROLES: 'send-managers=manager, send-caseworkers=caseworker',
  },
});
let log = '';
service.stderr.on('data', (piece) => (log += piece));

async function ask(path, token) {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
      return { status: response.status, body: await response.json().catch(() => null) };
    } catch (fault) {
      if (tries > 100) throw fault;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const is = (answer, status, code) =>
  assert.deepEqual([answer.status, answer.body?.code], [status, code], JSON.stringify(answer));

try {
  const first = key('first', 'RS256');
  handler = provider([first], 'RS256');
  await ask('/healthz');

  const cara = await signIn('cara');
  const me = await ask('/api/v1/me', cara.access_token);
  is(me, 200, undefined);
  assert.deepEqual([me.body.name, me.body.email, me.body.role], ['Cara Council', 'cara@council.example', 'caseworker']);
  is(await ask('/api/v1/cases', cara.access_token), 200, undefined);
  is(await ask('/api/v1/audit/none', cara.access_token), 404, 'not_found');
  console.log('a caseworker comes in by a token signed with RS256');

  const max = await signIn('max');
  assert.equal((await ask('/api/v1/me', max.access_token)).body.role, 'manager');
  is(await ask('/api/v1/me', (await signIn('nils')).access_token), 403, 'forbidden');
  console.log('roles follow the groups, and no group of ours is no way in');

  is(await ask('/api/v1/me', cara.id_token), 401, 'invalid_token');
  is(await ask('/api/v1/me', `${cara.access_token.slice(0, -6)}AAAAAA`), 401, 'invalid_token');
  console.log('an ID token and a token with another signature are refused');

  handler = provider([key('second', 'ES256'), { ...first }], 'ES256');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  is(await ask('/api/v1/me', (await signIn('cara')).access_token), 200, undefined);
  is(await ask('/api/v1/me', cara.access_token), 200, undefined);
  console.log('a new key (ES256) is found, and the old one goes on while it is published');

  for (const text of ['cara@council.example', 'Cara', cara.access_token]) assert(!log.includes(text), `${text} is in the log`);
  console.log('nobody stands in the log');
} finally {
  service.kill();
  front.close();
  front.closeAllConnections();
  rmSync(data, { recursive: true });
}
