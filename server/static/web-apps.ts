/**
 * Web applications of deployments, at `/apps/<id>/`. They are served from memory: a path of a request is a key of a map, and never a path
 * of a file. The policy lets an application load from, and send to, this engine only; docs/web-apps.md says what that leaves.
 */
import { extname } from 'node:path';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { AppFile } from '../../catalogue/load-app.ts';
import { EngineError } from '../../errors/engine-error.ts';
import { checkMethod } from '../exchange/check-method.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Guard } from '../access/guard.ts';
import { toMediaType } from './media-type.ts';
import { checkPage } from '../pages/check-page.ts';
import { BASE_POLICY, toPageHeaders } from '../pages/page-headers.ts';
import { sendFile, toDigest } from './send-file.ts';

/** Answers a request for something below /apps; `path` is what follows that, as it was sent. */
export type WebApps = (exchange: Exchange, path: string) => Promise<void>;

/**
 * What an application may do. Inline styles are allowed, because libraries that draw set them, and inline scripts are not, because a name
 * of a column that became HTML would be one. There is no `sandbox`: with
 * `allow-same-origin`, without which it could not score where people log in, it would protect nothing.
 */
const HEADERS = toPageHeaders({
  ...BASE_POLICY,
  'script-src': "'self' 'wasm-unsafe-eval'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data: blob:",
  'font-src': "'self' data:",
  'media-src': "'self' data: blob:",
  'connect-src': "'self'",
  'worker-src': "'self'",
  'manifest-src': "'self'",
});

const NOT_ALLOWED =
  'This engine serves no web applications. Its operator allows them with --allow-apps, or ENGINE_ALLOW_APPS=true.';

/** Builds the function that answers them. */
export function buildWebApps(
  catalogue: Pick<Catalogue, 'get' | 'getApp' | 'listApps'>,
  guard: Guard,
  isAllowed: boolean,
): WebApps {
  return async (exchange, target) => {
    const { request } = exchange;
    exchange.note({ route: '/apps/{deployment_id}/' });
    if (!checkPage(exchange, guard, `/apps${target}`)) return;
    checkMethod(exchange);
    if (!isAllowed) throw new EngineError('not_found', NOT_ALLOWED);
    // It would outlive the application, and the login.
    if (request.headers['service-worker'] !== undefined) throw notFound('Applications have no service workers.');
    const [path = '', query] = target.split(/\?(.*)/s, 2);
    const [id, ...names] = parsePath(path);
    const files = findFiles(catalogue, id);
    if (names.length === 0) {
      redirect(exchange, `${path.slice(1)}/`, query);
      return;
    }
    exchange.note({ deployment: id as string });
    const name = names.join('/').normalize('NFC');
    const isFolder = name === '' || name.endsWith('/');
    const file = files.get(isFolder ? `${name}index.html` : name);
    if (file) {
      const type = toMediaType(isFolder ? '.html' : extname(name));
      await sendFile(exchange, { type, bytes: file.bytes, digest: toDigest(file.hash) }, HEADERS);
    } else if (files.has(`${name}/index.html`)) redirect(exchange, `${path.slice(path.lastIndexOf('/') + 1)}/`, query);
    else throw notFound('This application has no such file.');
  };
}

/**
 * The decoded names of a path, the id first, the last one empty if it ends with a slash. A name that could lead anywhere else, or that
 * begins with a dot, is never the name of a file.
 */
function parsePath(path: string): string[] {
  if (!path.startsWith('/') || path.length < 2) throw notFound('Expected /apps/, the id of a deployment, and a slash.');
  let names: string[];
  try {
    names = path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    throw notFound('This application has no such file.');
  }
  // eslint-disable-next-line no-control-regex -- these are in no name.
  if (names.some((name) => /[/\\\u0000-\u001F\u007F]|^\./.test(name)))
    throw notFound('This application has no such file.');
  return names;
}

function findFiles(catalogue: Pick<Catalogue, 'get' | 'getApp' | 'listApps'>, id = ''): ReadonlyMap<string, AppFile> {
  const app = catalogue.getApp(id);
  if (app) return app.files;
  if (!catalogue.get(id))
    throw new EngineError(
      'deployment_not_found',
      'No deployment in service has this id. GET /v1/deployments lists the deployments.',
    );
  const state = catalogue.listApps().find((one) => one.id === id);
  if (!state)
    throw notFound(
      `This deployment has no web application: its folder has no folder app. npx custom-ml-engine app ${id} writes one.`,
    );
  throw notFound(`The web application of this deployment is not served: ${state.problems.join('; ')}.`);
}

/** Redirects to a name beside the one that was asked for: relative, because proxies may have taken off a prefix of the path. */
function redirect(exchange: Exchange, name: string, query: string | undefined): void {
  exchange.send(302, '', {
    'Content-Type': 'text/plain; charset=utf-8',
    Location: `./${name}${query === undefined ? '' : `?${query}`}`,
  });
}

function notFound(message: string): EngineError {
  return new EngineError('not_found', message);
}
