// A certified OpenID provider (npm oidc-provider) with one client and people
// who sign in by being named. It listens on a free port of loopback, prints its
// issuer, and ends with its standard input, so that it never outlives a test.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The library is installed elsewhere, in the folder given first.
const require = createRequire(process.argv[2] + '/');
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: process.env.CLIENT_ID,
    client_secret: process.env.CLIENT_SECRET,
    redirect_uris: [process.env.REDIRECT_URI],
    response_types: ['code'],
    grant_types: ['authorization_code'],
  }],
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  acrValues: ['urn:example:mfa', 'urn:example:pwd'],
  claims: { acr: null, amr: null, auth_time: null, sid: null, iss: null, openid: ['sub'] },
  features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  cookies: { keys: ['of a test only'] },
  ttl: { AuthorizationCode: 60, IdToken: 300, AccessToken: 300, Interaction: 600, Session: 600, Grant: 600 },
  // What is asked for is granted: there is one application.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid');
    grant.addOIDCClaims(['acr', 'amr', 'auth_time', 'sid']);
    await grant.save();
    return grant;
  },
});

const serve = provider.callback();
server.on('request', async (req, res) => {
  const url = new URL(req.url, issuer);
  if (!url.pathname.startsWith('/interaction/')) {
    serve(req, res);
    return;
  }
  // A person: who they are and which factors they use is in the query, which a
  // browser is shown first without.
  try {
    const { prompt } = await provider.interactionDetails(req, res);
    if (prompt.name !== 'login' || !url.searchParams.has('sub')) {
      res.end(`prompt ${prompt.name}`);
      return;
    }
    await provider.interactionFinished(req, res, {
      login: {
        accountId: url.searchParams.get('sub'),
        amr: url.searchParams.get('amr').split(' '),
        acr: url.searchParams.get('acr') || undefined,
        remember: true,
      },
    }, { mergeWithLastSubmission: false });
  } catch (error) {
    res.statusCode = 500;
    res.end(String(error));
  }
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
console.log(issuer);
