/** The login: a form of which a browser gets a session, without any script. */
import { buildBodies, type Bodies } from '../bodies/bodies.ts';
import { buildFindCaller, toClient } from '../exchange/caller.ts';
import { checkMethod } from '../exchange/check-method.ts';
import type { Configuration } from '../configuration.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Guard } from '../access/guard.ts';
import type { Log } from '../log/log.ts';
import { LoginLimit } from '../access/login-limit.ts';
import { buildBaseUrl } from '../exchange/public-url.ts';
import { readBody } from '../bodies/read-body.ts';
import { isFromScript, isSameOrigin, toPageUrl } from '../access/same-origin.ts';
import { sendFile, toServedFile } from '../static/send-file.ts';
import { toSetCookie } from '../access/sessions.ts';
import { redirect } from './check-page.ts';
import { BASE_POLICY, toPageHeaders } from './page-headers.ts';
import type { Pages } from './page-files.ts';

const MAX_BODY = 8_192;
const BODY_TIME = 10_000;
const MAX_NEXT = 2_000;
const HTML = 'text/html; charset=utf-8';
const POLICY = toPageHeaders({ ...BASE_POLICY, 'style-src': "'self'" });

const STYLE = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 90vh; margin: 1rem; }
main { width: min(22rem, 100%); }
h1 { font-size: 1.25rem; }
label { display: block; margin-top: 1rem; font-weight: 600; }
input, button { box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .6rem; font: inherit; }
button { margin-top: 1.5rem; cursor: pointer; }
[role="alert"] { padding: .6rem; border: 2px solid #c62828; }
`;

const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  ['/login', ['GET', 'HEAD', 'POST']],
  ['/login.css', ['GET', 'HEAD']],
  ['/logout', ['POST']],
  ['/session', ['GET', 'HEAD']],
]);

/** Builds what answers /login, its style sheet, /logout, and /session, which tells pages whether there is a session to end. */
export function buildLogin(
  guard: Guard,
  configuration: Configuration,
  log: Log,
  { memory, arriving }: Bodies = buildBodies(configuration),
): Pages {
  const findCaller = buildFindCaller(configuration);
  const toBaseUrl = buildBaseUrl(configuration, findCaller);
  const limit = new LoginLimit();
  const style = toServedFile('text/css; charset=utf-8', Buffer.from(STYLE));

  return async (exchange, target) => {
    const [path, query = ''] = target.split(/\?(.*)/s) as [string, string?];
    const methods = METHODS.get(path);
    if (!methods) return false;
    exchange.note({ route: path });
    checkMethod(exchange, methods);
    if (path === '/login.css') await sendFile(exchange, style, POLICY);
    else if (path === '/session') exchange.send(200, JSON.stringify({ logged_in: guard.hasSession(exchange.request) }));
    else if (path === '/logout') logOut(exchange);
    else if (exchange.request.method === 'POST') await logIn(exchange, query);
    else show(exchange, query);
    return true;
  };

  function show(exchange: Exchange, query: string): void {
    if (!guard.hasLogin || guard.admits(exchange)) redirect(exchange, toNext(query));
    // A browser keeps the cookie back when the way here began at another site. Asked again by this page, it sends it.
    else if (/^(cross|same)-site$/.test(exchange.request.headers['sec-fetch-site']?.toString() ?? ''))
      send(
        exchange,
        200,
        '<!doctype html><html lang="en"><meta http-equiv="refresh" content="0"><title>Log in</title></html>',
      );
    else send(exchange, 200, toPage(undefined));
  }

  async function logIn(exchange: Exchange, query: string): Promise<void> {
    const { request, response } = exchange;
    if (!guard.hasLogin) {
      redirect(exchange, toNext(query));
      return;
    }
    const isUsual = 'sec-fetch-site' in request.headers || 'origin' in request.headers;
    // A page of another site must not log anybody in, either.
    if (isUsual && !isSameOrigin(request, toBaseUrl)) {
      send(exchange, 403, toPage('That form came from another page. Log in here.'));
      return;
    }
    const { address } = findCaller(request);
    const limits = {
      maxBody: MAX_BODY,
      bodyTimeout: Math.min(BODY_TIME, configuration.bodyTimeout),
      type: 'application/x-www-form-urlencoded',
    };
    // What is so short is not counted, so nothing of it has to be given back.
    const share = memory.openShare();
    const body = await readBody(request, response, limits, share, (giveWay) => arriving.enter(address, giveWay));
    const form = new URLSearchParams(body.toString());
    // After the body has arrived: of many that arrive at once, each counts.
    const seconds = limit.toWait(address);
    if (seconds > 0) {
      log.warn({ client: toClient(address) }, 'login refused: too many have failed');
      send(exchange, 429, toPage(`Too many failed logins. Try again in ${toSeconds(seconds)}.`), {
        'Retry-After': String(seconds),
      });
      return;
    }
    const session = guard.logIn(exchange, {
      username: form.get('username') ?? '',
      password: form.get('password') ?? '',
      key: form.get('key') ?? '',
    });
    if (session === undefined) {
      limit.noteFailure(address);
      log.warn({ client: toClient(address) }, 'login failed');
      response.setHeader('WWW-Authenticate', 'Session realm="custom-ml-engine"');
      send(exchange, 401, toPage(toFailure()));
      return;
    }
    limit.noteSuccess(address);
    redirect(exchange, toNext(query), { 'Set-Cookie': toSetCookie(session, toPageUrl(request, toBaseUrl)) });
  }

  function logOut(exchange: Exchange): void {
    const { request } = exchange;
    if (!isSameOrigin(request, toBaseUrl) && !isFromScript(request, toBaseUrl))
      return send(exchange, 403, toPage('Only a page of this engine can log you out.'));
    guard.logOut(request);
    redirect(exchange, './login', { 'Set-Cookie': toSetCookie('', toPageUrl(request, toBaseUrl)) });
  }

  /** Names all that may be wrong, and not which of it is. */
  function toFailure(): string {
    const { credentials, apiKeys } = configuration;
    const names = [credentials && 'user name or password', apiKeys && 'API key'].filter((name) => name !== undefined);
    return `Wrong ${names.join(', or wrong ')}.`;
  }

  /** The form has no action: it is sent to its own URL, which names the page to go to and its fragment. */
  function toPage(message: string | undefined): string {
    const { credentials, apiKeys } = configuration;
    const user = `<label for="username">User name</label><input id="username" name="username" autocomplete="username" autocapitalize="none">
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password">`;
    const key = `<label for="key">API key</label><input id="key" name="key" type="password" autocomplete="off">`;
    const fields = [credentials && user, apiKeys && key].filter((field) => field !== undefined);
    return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Log in</title><link rel="stylesheet" href="login.css"></head>
<body><main><h1>Log in to custom-ml-engine</h1>
${message === undefined ? '' : `<p role="alert">${message}</p>`}
<form method="post">${fields.join('<p>or</p>')}
<button type="submit">Log in</button></form></main></body>
</html>
`;
  }
}

function toSeconds(seconds: number): string {
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}

function send(exchange: Exchange, status: number, html: string, headers: Readonly<Record<string, string>> = {}): void {
  exchange.send(status, html, { ...POLICY, ...headers, 'Content-Type': HTML });
}

/** The page after the login, relative to it: a path below the engine's root, as browsers resolve it, or else the console. */
export function toNext(query: string): string {
  const next = new URLSearchParams(query).get('next') ?? '/';
  const root = 'http://engine.invalid/root/root/';
  if (next.length > MAX_NEXT || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next)) return './';
  const { href } = new URL(`.${next}`, root);
  return href.startsWith(root) && !href.startsWith(`${root}/`) ? `./${href.slice(root.length)}` : './';
}
