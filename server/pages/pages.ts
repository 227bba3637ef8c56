/** The pages in the browser, and the one function that serves them. */
import { EngineError } from '../../errors/engine-error.ts';
import type { Bodies } from '../bodies/bodies.ts';
import { buildFindCaller } from '../exchange/caller.ts';
import { checkMethod } from '../exchange/check-method.ts';
import type { Configuration } from '../configuration.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Guard } from '../access/guard.ts';
import type { Log } from '../log/log.ts';
import { buildBaseUrl } from '../exchange/public-url.ts';
import { sendFile, type ServedFile } from '../static/send-file.ts';
import { checkPage, redirect, toRelative } from './check-page.ts';
import { CONTRACT_FILES } from './contract-files.ts';
import { buildLogin } from './login.ts';
import { BUILD, readPageFiles, type Pages } from './page-files.ts';
import { DOCS_POLICY, STRICT_POLICY, toPageHeaders } from './page-headers.ts';

const UNBUILT =
  'This engine has no pages, because they have not been built: npm run build (also before it runs from source).';

/** The pages: where a page is, where its files are, and where these are in the folder of the build. */
const PAGES = [
  { root: '/docs/', path: '/docs/', folder: 'docs/', headers: toPageHeaders(DOCS_POLICY) },
  { root: '/', path: '/console/', folder: '', headers: toPageHeaders(STRICT_POLICY) },
] as const;

/** What a path is of the pages. */
interface Found {
  /** Of the log. */
  readonly route: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The one URL of a page, to which its links are relative, in place of another one. */
  readonly location?: string;
  /** Undefined if the page has not been built. */
  readonly file?: ServedFile | undefined;
}

/** Builds the function; it reads the files of the pages. */
export function buildPages(
  guard: Guard,
  configuration: Configuration,
  log: Log,
  { bodies, build = BUILD }: { readonly bodies?: Bodies; readonly build?: URL } = {},
): Pages {
  const login = buildLogin(guard, configuration, log, bodies);
  const files = readPageFiles(new URL('console/', build));
  const toBaseUrl = buildBaseUrl(configuration, buildFindCaller(configuration));

  return async (exchange, target) => (await login(exchange, target)) || serve(exchange, target);

  async function serve(exchange: Exchange, target: string): Promise<boolean> {
    const found = find(target.split('?', 1)[0] as string, exchange);
    if (!found) return false;
    const { route, headers, location, file } = found;
    exchange.note({ route });
    checkMethod(exchange);
    if (!checkPage(exchange, guard, target)) return true;
    if (location !== undefined) redirect(exchange, toRelative(target, location.slice(1)));
    else if (file) await sendFile(exchange, file, headers);
    else throw new EngineError('not_found', UNBUILT);
    return true;
  }

  function find(path: string, { request }: Exchange): Found | undefined {
    if (Object.hasOwn(CONTRACT_FILES, path)) {
      const file = CONTRACT_FILES[path]?.(toBaseUrl(request));
      return { route: path, headers: PAGES[0].headers, file };
    }
    const page = PAGES.find(({ root, path: own }) => path === root || `${path}/` === own || path.startsWith(own));
    if (!page) return undefined;
    const { root, folder, headers } = page;
    if (path === root) return { route: root, headers, file: files.get(`${folder}index.html`) };
    const name = path.slice(page.path.length);
    if (name === '' || name === 'index.html') return { route: root, headers, location: root };
    // Files of another page are at their own path.
    const file = folder === '' && name.startsWith('docs/') ? undefined : files.get(`${folder}${name}`);
    return file && { route: page.path, headers, file };
  }
}
