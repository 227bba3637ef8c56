/** The pages in the browser, and the one function that serves them. */
import { EngineError } from '../../errors/engine-error.ts';
import type { Configuration } from '../configuration.ts';
import type { Exchange } from '../exchange.ts';
import type { Guard } from '../guard.ts';
import type { Log } from '../log.ts';
import { checkPage, redirect, toRelative } from './check-page.ts';
import { buildLogin } from './login.ts';
import { BUILD, readPageFiles, sendPageFile } from './page-file.ts';
import type { Pages } from './page-file.ts';
import { CONTRACT_FILES } from './contract-files.ts';
import { buildBaseUrl } from '../public-url.ts';
import { buildFindCaller } from '../caller.ts';
import { DOCS_POLICY, STRICT_POLICY, toPageHeaders } from './page-headers.ts';

const UNBUILT =
  'This engine has no pages, because they have not been built: npm run build (also before it runs from source).';

/** Builds the function; it reads the files of the pages. */
export function buildPages(guard: Guard, configuration: Configuration, log: Log, build: URL = BUILD): Pages {
  const login = buildLogin(guard, configuration, log);
  const files = readPageFiles(new URL('console/', build));
  const headers = toPageHeaders(STRICT_POLICY);
  const docsHeaders = toPageHeaders(DOCS_POLICY);
  const toBaseUrl = buildBaseUrl(configuration, buildFindCaller(configuration));

  return async (exchange, target) =>
    (await login(exchange, target)) || serveContract(exchange, target) || serve(exchange, target);

  /** The contract as files, and as a page that is made of one of them. */
  function serveContract(exchange: Exchange, target: string): boolean {
    const path = target.split('?', 1)[0] as string;
    const toFile = Object.hasOwn(CONTRACT_FILES, path) ? CONTRACT_FILES[path] : undefined;
    const isPage = path === '/docs' || path === '/docs/' || path === '/docs/index.html';
    const file =
      path === '/docs/'
        ? files.get('docs/index.html')
        : path.startsWith('/docs/')
          ? files.get(path.slice(1))
          : undefined;
    if (!toFile && !isPage && !file && path !== '/session') return false;
    checkMethod(exchange);
    exchange.note({ route: toFile || path === '/session' ? path : '/docs/' });
    if (path === '/session') {
      // For pages, which show the button that ends it.
      exchange.send(200, JSON.stringify({ logged_in: guard.hasSession(exchange.request) }));
    } else if (!checkPage(exchange, guard, target)) return true;
    else if (toFile) sendPageFile(exchange, toFile(toBaseUrl(exchange.request)), docsHeaders);
    else if (path === '/docs' || path === '/docs/index.html') redirect(exchange, toRelative(target, 'docs/'));
    else if (file) sendPageFile(exchange, file, docsHeaders);
    else throw new EngineError('not_found', UNBUILT);
    return true;
  }

  function serve(exchange: Exchange, target: string): boolean {
    const path = target.split('?', 1)[0] as string;
    const isConsole = path === '/console' || path.startsWith('/console/');
    if ((path !== '/' && !isConsole) || path.startsWith('/console/docs/')) return false;
    const name = path === '/' ? 'index.html' : path.slice('/console/'.length);
    const isRoot = isConsole && (name === '' || name === 'index.html');
    const file = files.get(name);
    if (!file && !isRoot && (files.size > 0 || isConsole)) return false;
    checkMethod(exchange);
    exchange.note({ route: path === '/' ? '/' : '/console/' });
    if (!checkPage(exchange, guard, target)) return true;
    // The page has one URL, to which its links are relative.
    if (isRoot) redirect(exchange, toRelative(target, ''));
    else if (file) sendPageFile(exchange, file, headers);
    else throw new EngineError('not_found', UNBUILT);
    return true;
  }
}

/** @throws {EngineError} method_not_allowed, unless the request is GET or HEAD */
export function checkMethod({ request, response }: Exchange): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  response.setHeader('Allow', 'GET, HEAD');
  throw new EngineError('method_not_allowed', 'This path supports GET and HEAD.');
}
