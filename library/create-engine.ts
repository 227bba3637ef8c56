/** The engine for programs: it listens on a port of its own, or answers the requests of another server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseConfiguration } from '../server/configuration.ts';
import { STOP_TIME } from '../server/connections/connections.ts';
import { openEngine, serveEngine, type Engine as ServedEngine } from '../server/engine.ts';
import { buildLog } from '../server/log/log.ts';
import { toOriginForm } from '../server/exchange/public-url.ts';
import type { SettingName } from '../server/settings.ts';
import { CatalogueDeployments } from './catalogue-deployments.ts';
import type { Deployments } from './deployments.ts';

/** The settings of an engine, with the meanings and defaults of docs/configuration.md. The environment is not read. */
export interface EngineOptions {
  /** The folder of the deployments; ./deployments by default. */
  readonly deployments?: string | undefined;
  /** The address that listen() listens on; 127.0.0.1 by default. */
  readonly host?: string | undefined;
  /** The port that listen() listens on, 0 for any free port; 8080 by default. */
  readonly port?: number | undefined;
  /** The base of the URLs that discovery publishes; by default, what each request says. */
  readonly publicUrl?: string | URL | undefined;
  /** The proxies whose X-Forwarded and Forwarded headers are trusted. */
  readonly trustProxy?: string | number | undefined;
  /** Whether deployments may run their own JavaScript (kind module); false by default. */
  readonly allowModules?: boolean | undefined;
  /** Whether web applications of deployments are served at /apps/<id>/; false by default. */
  readonly allowApps?: boolean | undefined;
  /** `basic` if there is a user name, otherwise `none`. */
  readonly auth?: 'none' | 'basic' | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The file that contains the password. */
  readonly passwordFile?: string | undefined;
  /** The file of API keys, which `custom-ml-engine key add` makes. */
  readonly apiKeysFile?: string | undefined;
  /** The certificate and its private key, files in PEM, with which listen() speaks HTTPS. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsPassphraseFile?: string | undefined;
  /** The authorities of the certificates that clients must have, a file in PEM. */
  readonly tlsClientCa?: string | undefined;
  /** The guarded paths that need no credentials. */
  readonly openPaths?: readonly ('/health/ready' | '/metrics')[] | undefined;
  /** The origins whose web pages may call the engine (CORS). */
  readonly corsOrigins?: readonly string[] | undefined;
  /** The maximum size of a body: bytes, or text such as 32mb, the default. */
  readonly maxBody?: string | number | undefined;
  /** The maximum size of all bodies in memory: bytes, or text such as 256mb, the default. */
  readonly bodyMemory?: string | number | undefined;
  /** The maximum number of rows per scoring request; 100000 by default. */
  readonly maxRows?: number | undefined;
  readonly maxConcurrency?: number | undefined;
  /** The number of threads for large requests; 0 for none. */
  readonly threads?: number | undefined;
  readonly maxQueue?: number | undefined;
  /** Seconds within which a body must arrive; 30 by default. */
  readonly bodyTimeout?: number | undefined;
  /** The minimum level of what is logged; warn by default. */
  readonly logLevel?: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent' | undefined;
  /** The file that says which requests are logged, see docs/payload-logging.md; without one, none is. */
  readonly payloadLog?: string | undefined;
  /** The file with the metrics that are computed for OpenScale, see docs/custom-metrics.md; without one, none are. */
  readonly metricsProviders?: string | undefined;
  /** Gets the lines of the log, JSON objects; standard error by default. */
  readonly log?: { write(line: string): void } | undefined;
}

/** An engine in a program. */
export interface Engine {
  /** Answers a request; a handler for node:http, or to mount in an Express application, before any body parser. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  readonly deployments: Deployments;
  /**
   * Listens on a port of its own.
   * @returns the URL, such as http://127.0.0.1:8080
   * @throws when the address cannot be listened on
   */
  listen(): Promise<string>;
  /** Answers the requests in progress (within 10 s), rejects further ones, and releases everything. */
  close(): Promise<void>;
}

/** The setting of each option. */
const SETTING_OF = {
  deployments: 'deployments',
  host: 'host',
  port: 'port',
  publicUrl: 'public-url',
  trustProxy: 'trust-proxy',
  allowModules: 'allow-modules',
  allowApps: 'allow-apps',
  auth: 'auth',
  username: 'username',
  password: 'password',
  passwordFile: 'password-file',
  apiKeysFile: 'api-keys-file',
  tlsCert: 'tls-cert',
  tlsKey: 'tls-key',
  tlsPassphraseFile: 'tls-passphrase-file',
  tlsClientCa: 'tls-client-ca',
  openPaths: 'open-paths',
  corsOrigins: 'cors-origins',
  maxBody: 'max-body',
  bodyMemory: 'body-memory',
  maxRows: 'max-rows',
  maxConcurrency: 'max-concurrency',
  threads: 'threads',
  maxQueue: 'max-queue',
  bodyTimeout: 'body-timeout',
  logLevel: 'log-level',
  payloadLog: 'payload-log',
  metricsProviders: 'metrics-providers',
} as const satisfies Record<Exclude<keyof EngineOptions, 'log'>, SettingName>;

/** Settings of the command only. */
const COMMAND_ONLY = ['workers', 'log-format', 'log-file'] as const;

type CommandOnly = (typeof COMMAND_ONLY)[number];

function isCommandOnly(name: SettingName): name is CommandOnly {
  return (COMMAND_ONLY as readonly SettingName[]).includes(name);
}

/** A setting that has no option would not compile: several processes and their files need a command. */
const NAME_OF = Object.fromEntries(
  Object.entries(SETTING_OF).map(([option, setting]) => [setting, option]),
) as Readonly<Record<Exclude<SettingName, CommandOnly>, string>> satisfies Readonly<
  Record<(typeof SETTING_OF)[keyof typeof SETTING_OF], string>
>;

/**
 * Loads the deployments and makes an engine of them, which does not listen yet.
 * @throws {ConfigurationError} with every problem of the options
 * @throws when the folder of the deployments cannot be read
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const configuration = parseConfiguration({}, toTexts(options), (name) =>
    isCommandOnly(name) ? name : NAME_OF[name],
  );
  const log = buildLog(configuration.logLevel, undefined, options.log);
  const engine = await openEngine(configuration, log);
  const mounted = new Set<ServerResponse>();
  let served: Promise<ServedEngine> | undefined;

  const close = async (): Promise<void> => {
    engine.announceStop();
    // A port of its own still gets requests in transit.
    if (!served) engine.rejectRequests();
    await waitFor(mounted);
    // Of an engine that could not listen, the rest is closed.
    await (await served?.catch(() => undefined))?.stop();
    await engine.release();
  };
  let closed: Promise<void> | undefined;
  return {
    handler: (request, response) => {
      mounted.add(response);
      response.once('close', () => mounted.delete(response));
      request.url = toOriginForm(request.url ?? '/');
      engine.listener(request, response);
    },
    deployments: new CatalogueDeployments(engine.catalogue, engine.contract, configuration.maxRows),
    listen: async () => (await (served ??= serveEngine(engine, configuration, log))).url,
    close: () => (closed ??= close()),
  };
}

function toTexts(options: EngineOptions): Partial<Record<SettingName, string>> {
  const texts: Partial<Record<SettingName, string>> = { 'log-level': 'warn' };
  for (const [option, setting] of Object.entries(SETTING_OF)) {
    const value = options[option as keyof typeof SETTING_OF];
    if (value !== undefined) texts[setting] = String(value);
  }
  return texts;
}

/** Waits until the responses are closed, at most as long as a stop may take. */
async function waitFor(responses: ReadonlySet<ServerResponse>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_TIME)));
  const all = Promise.all(
    [...responses].map((response) => new Promise<void>((resolve) => response.once('close', resolve))),
  );
  await Promise.race([all, limit]);
  clearTimeout(timer);
}
