/** Checks that the URLs that discovery publishes lead to the engine. */
import type { Check } from '../../check.ts';
import { fail, NotRun, notApplicable, pass } from '../../outcome.ts';
import { isLoopback, isSameAddress, toHttpUrl } from '../../evidence/scoring-url.ts';
import { toScoringPath, type PublishedDeployment } from '../../evidence/published-deployment.ts';

/** Checks of the published URLs. */
export const urlChecks = {
  'urls-absolute': {
    scope: 'published',
    level: 'required',
    statement: 'Every URL is absolute, http or https, and contains no credentials.',
    why: 'OpenScale calls the scoring URL as it is; it has no base URL to resolve it against.',
    fix: 'Publish absolute URLs, such as https://models.example.com/v1/deployments/{id}/online.',
    run: (published) => {
      const urls = listUrls(published);
      if (urls.length === 0) throw new NotRun('no URL is published; see keys-gateway');
      const wrong = urls.find(([, text]) => toHttpUrl(text) === undefined);
      return wrong ? fail(`${wrong[0]} is ${JSON.stringify(wrong[1])}`, 'an absolute URL') : pass();
    },
  },
  'urls-agree': {
    scope: 'published',
    level: 'required',
    statement: 'scoring_url and scoring_endpoint.url are the same.',
    why: 'Some clients read one, some the other; both must score the same deployment.',
    fix: 'Publish the same URL under both keys.',
    run: ({ scoringUrls }) => {
      const [first, second] = scoringUrls;
      if (!first || !second) return notApplicable('only one of them is published');
      if (!isText(first[1]) || !isText(second[1])) throw new NotRun('one of them is not a string; see keys-gateway');
      return first[1] === second[1]
        ? pass()
        : fail(`${JSON.stringify(first[1])} and ${JSON.stringify(second[1])}`, 'the same URL twice');
    },
  },
  'urls-distinct': {
    scope: 'engine',
    level: 'recommended',
    statement: 'Every deployment has its own scoring URL.',
    why: 'If two deployments share a URL, one of them is scored by the model of the other.',
    fix: 'Build the URL from the id of the deployment.',
    run: async (engine) => {
      const owners = new Map<unknown, string>();
      for (const { id, scoringUrls } of await engine.published()) {
        const url = scoringUrls[0]?.[1];
        if (id === undefined || url === undefined) continue;
        const owner = owners.get(url) ?? id;
        if (owner !== id)
          return fail(`${JSON.stringify(id)} and ${JSON.stringify(owner)} have the same URL`, 'one each');
        owners.set(url, id);
      }
      return pass();
    },
  },
  'urls-not-local': {
    scope: 'published',
    level: 'required',
    statement: 'No URL points to localhost when the engine runs on another machine.',
    why: "OpenScale would call itself. Engines derived from IBM's samples, which hard-code their host, have this fault.",
    fix: 'Build URLs from the request, or from a configured public URL.',
    run: (published, engine) => {
      if (isLoopback(engine.base)) return notApplicable('the engine runs on this machine');
      const local = listUrls(published).find(([, text]) => {
        const url = toHttpUrl(text);
        return url && (isLoopback(url) || url.hostname === '0.0.0.0');
      });
      return local ? fail(`${local[0]} is ${JSON.stringify(local[1])}`, `a URL on ${engine.base.host}`) : pass();
    },
  },
  'urls-scheme': {
    scope: 'published',
    level: 'required',
    statement: 'No URL is https on a port that was called by http, or http on a port that was called by https.',
    why: 'A port speaks either HTTP or TLS; OpenScale cannot connect to the published URL.',
    fix: 'Build URLs with the scheme of the request, or of a configured public URL. Behind a proxy, use its scheme together with its host and port (X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port).',
    run: (published, { base }) => {
      const urls = listUrls(published).flatMap(([key, text]) => {
        const url = toHttpUrl(text);
        return url ? [[key, url] as const] : [];
      });
      if (urls.length === 0) throw new NotRun('no absolute URL is published; see urls-absolute');
      const wrong = urls.find(([, url]) => isSameAddress(url, base) && url.protocol !== base.protocol);
      return wrong
        ? fail(
            `${wrong[0]} is ${JSON.stringify(wrong[1].href)}, but the port was called by ${toScheme(base)}`,
            base.origin,
          )
        : pass();
    },
  },
  'urls-same-host': {
    scope: 'published',
    level: 'recommended',
    statement: 'The scoring URL is on the host that discovery was called on.',
    why: 'OpenScale calls the published URL. The checks call one host only, and therefore used the base URL instead.',
    fix: 'Run the checks against the public URL of the engine. If you did, correct the URLs that it publishes.',
    run: ({ scoringUrls }, { base }) => {
      const urls = scoringUrls.flatMap(([key, text]) => {
        const url = toHttpUrl(text);
        return url ? [[key, url] as const] : [];
      });
      if (urls.length === 0) throw new NotRun('no absolute scoring URL is published; see urls-absolute');
      const other = urls.find(([, url]) => {
        // A localhost URL of an engine on another machine is covered by urls-not-local.
        const isAlias = isLoopback(url) && (!isLoopback(base) || url.port === base.port);
        return !isSameAddress(url, base) && !isAlias;
      });
      if (!other) return pass();
      const [key, url] = other;
      return fail(`${key} is on ${url.origin}`, base.origin, noteScheme(url, base));
    },
  },
  'urls-path': {
    scope: 'published',
    level: 'recommended',
    statement: 'The path of the scoring URL ends with /v1/deployments/{id}/online.',
    why: "It is the path in IBM's documentation; some tools build it from the id and do not read the URL.",
    fix: 'Serve and publish the path of the contract.',
    run: ({ id, scoringUrls }) => {
      const url = toHttpUrl(scoringUrls[0]?.[1]);
      if (!url || id === undefined)
        throw new NotRun('the id or the URL is missing; see keys-gateway and urls-absolute');
      const expected = toScoringPath(id);
      const path = decode(url.pathname);
      return path.endsWith(decode(expected)) ? pass() : fail(url.pathname, `…${expected}`);
    },
  },
} as const satisfies Record<string, Check>;

/** Every URL of a resource with its key. */
function listUrls({ metadata, asset, scoringUrls }: PublishedDeployment): (readonly [string, unknown])[] {
  return [
    // A URL that is not a string is covered by keys-gateway.
    ...scoringUrls.filter(([, url]) => isText(url)),
    ...('url' in metadata ? [['metadata.url', metadata['url']] as const] : []),
    ...('url' in asset ? [['entity.asset.url', asset['url']] as const] : []),
  ];
}

/** What may be wrong if a URL on the same host has another scheme and port. */
function noteScheme(url: URL, base: URL): string | undefined {
  if (url.hostname !== base.hostname || url.protocol === base.protocol) return undefined;
  const hint =
    url.protocol === 'http:'
      ? 'a proxy that terminates TLS must pass the scheme on (X-Forwarded-Proto)'
      : 'check the engine by its https URL, or correct the scheme';
  return `The host is the same, but the scheme is ${toScheme(url)}: ${hint}.`;
}

function toScheme({ protocol }: URL): string {
  return protocol.slice(0, -1);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
