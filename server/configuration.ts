/**
 * The operator's settings, parsed in one place. A setting is an environment variable and an option of the same name; the
 * option takes precedence. All problems are reported at once, and none repeats a value.
 */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { KeyFile } from './access/api-keys.ts';
import type { LogFormat } from './log/log.ts';
import type { OpenPath } from './access/open-paths.ts';
import { toConnection } from './metrics-providers/metrics-providers-settings.ts';
import type { MetricsThreadData } from './metrics-providers/metrics-messages.ts';
import type { PayloadLogSettings } from './payload-log/payload-log-settings.ts';
import type { Secret } from './access/secret.ts';
import { readTlsMaterial, type TlsFiles } from './tls/tls-files.ts';
import { SETTINGS, toVariable, type Setting, type SettingName } from './settings.ts';

type Values = { [Name in SettingName]?: ReturnType<(typeof SETTINGS)[Name]['parse']> };

export interface Credentials {
  readonly username: string;
  readonly password: Secret;
  /** The file that the password was read from; undefined if it came from ENGINE_PASSWORD. */
  readonly passwordFile: string | undefined;
}

/** The parsed settings; sizes in bytes, times in milliseconds. */
export interface Configuration {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: URL | undefined;
  readonly trustProxy: string | number | undefined;
  readonly deployments: string;
  readonly allowModules: boolean;
  /** Whether web applications of deployments are served. */
  readonly allowApps: boolean;
  /** The user name and the password for Basic authentication; undefined if none are configured. */
  readonly credentials: Credentials | undefined;
  /** The API keys that are accepted as well; undefined if none are configured. */
  readonly apiKeys: KeyFile | undefined;
  /** The files with which the engine speaks HTTPS; undefined for HTTP. */
  readonly tls: TlsFiles | undefined;
  /** The guarded paths that need no credentials. */
  readonly openPaths: readonly OpenPath[];
  /** The origins whose web pages may read the replies. */
  readonly corsOrigins: readonly string[];
  readonly maxBody: number;
  readonly bodyMemory: number;
  readonly maxRows: number;
  readonly maxConcurrency: number;
  readonly workers: number;
  readonly threads: number;
  readonly maxQueue: number;
  readonly bodyTimeout: number;
  readonly logLevel: string;
  readonly logFormat: LogFormat | undefined;
  readonly logFile: string | undefined;
  /** Which requests are logged; undefined if none is. */
  readonly payloadLog: PayloadLogSettings | undefined;
  /** The metrics that are computed for OpenScale; undefined if none are. */
  readonly metricsProviders: MetricsThreadData['settings'] | undefined;
}

/**
 * Parses the environment and the options of the command line.
 * @param options by setting, as text
 * @param toName the name of a setting in messages; by default the variable or the option that was used
 * @throws {ConfigurationError} with every problem
 */
export function parseConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
  options: Partial<Record<SettingName, string>> = {},
  toName?: (name: SettingName) => string,
): Configuration {
  const nameOf = toName ?? toVariable;
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const given = new Set<SettingName>();
  for (const [name, definition] of Object.entries(SETTINGS) as [SettingName, Setting<unknown>][]) {
    const variable = toVariable(name);
    const set = environment[variable];
    // An empty variable counts as not set.
    const own = options[name] ?? (set === '' ? undefined : set);
    if (own !== undefined) given.add(name);
    const text = own ?? definition.default;
    if (text === undefined) continue;
    try {
      values[name] = definition.parse(text);
    } catch (error) {
      const place = toName?.(name) ?? (options[name] === undefined ? variable : `--${name}`);
      problems.push(`${place}: expected ${(error as Error).message}`);
    }
  }
  const parsed = values as Values;
  const credentials = resolveCredentials(parsed, given, problems, nameOf);
  const tls = resolveTls(parsed, given, problems, nameOf);
  const metricsProviders = resolveMetricsProviders(parsed, problems, nameOf);
  if (!AUTHENTICATION.some((name) => given.has(name)) && parsed.host !== undefined && !isLoopback(parsed.host)) {
    problems.push(
      `${nameOf('host')}: expected a loopback address, because there is no authentication; set ${nameOf('username')} and ${nameOf('password')}, or ${nameOf('api-keys-file')}, or ${nameOf('auth')}${toName ? ': ' : '='}none to serve everyone`,
    );
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  const all = parsed as Required<Values>;
  return {
    host: all.host,
    port: all.port,
    publicUrl: parsed['public-url'],
    trustProxy: parsed['trust-proxy'],
    deployments: all.deployments,
    allowModules: all['allow-modules'],
    allowApps: all['allow-apps'],
    credentials,
    apiKeys: parsed['api-keys-file'],
    tls,
    openPaths: parsed['open-paths'] ?? [],
    corsOrigins: parsed['cors-origins'] ?? [],
    maxBody: all['max-body'],
    bodyMemory: all['body-memory'],
    maxRows: all['max-rows'],
    maxConcurrency: all['max-concurrency'],
    workers: all.workers,
    threads: parsed.threads ?? toThreads(all.workers),
    maxQueue: all['max-queue'],
    bodyTimeout: all['body-timeout'] * 1000,
    logLevel: all['log-level'],
    logFormat: parsed['log-format'],
    logFile: parsed['log-file'],
    payloadLog: parsed['payload-log'],
    metricsProviders,
  };
}

/** The metrics providers, with the connection of the payload log's sink if they have none of their own. */
function resolveMetricsProviders(
  values: Values,
  problems: string[],
  nameOf: (name: SettingName) => string,
): Configuration['metricsProviders'] {
  const settings = values['metrics-providers'];
  if (!settings) return undefined;
  const place = nameOf('metrics-providers');
  const module = Object.entries(settings.providers).find(([, { type }]) => type === 'module');
  if (module && !values['allow-modules'])
    problems.push(
      `${place}: expected no provider of the type module, because modules run code; ${nameOf('allow-modules')}=true allows them`,
    );
  const [sink, ...others] = values['payload-log']?.sinks.filter(({ type }) => type === 'openscale') ?? [];
  const openscale = settings.openscale ?? (others.length === 0 && sink ? toConnection(sink.own as object) : undefined);
  if (openscale) return { ...settings, openscale };
  problems.push(
    `${place}: expected openscale, the connection, or a single sink of the type openscale in the payload log`,
  );
  return undefined;
}

/** The default number of threads per process: its share of the cores, because its event loop is then mostly idle. */
function toThreads(workers: number): number {
  return Math.max(1, Math.floor(availableParallelism() / workers));
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

const AUTHENTICATION = ['auth', 'username', 'password', 'password-file', 'api-keys-file', 'tls-client-ca'] as const;

/** A setting that was given but does not parse is not also reported as missing. */
function resolveCredentials(
  values: Values,
  given: ReadonlySet<SettingName>,
  problems: string[],
  nameOf: (name: SettingName) => string,
): Credentials | undefined {
  const { auth, username } = values;
  const file = values['password-file'];
  const password = values.password ?? file?.password;
  const hasPassword = given.has('password') || given.has('password-file');
  if (given.has('password') && given.has('password-file'))
    problems.push(`${nameOf('password')}: expected either this or ${nameOf('password-file')}, not both`);
  if (auth === 'none') {
    if (given.has('username') || hasPassword)
      problems.push(`${nameOf('auth')}: expected basic, because ${nameOf('username')} or ${nameOf('password')} is set`);
    if (given.has('api-keys-file'))
      problems.push(`${nameOf('auth')}: expected not none, because ${nameOf('api-keys-file')} is set`);
    return undefined;
  }
  if (auth === undefined && !given.has('username') && !hasPassword) return undefined;
  if (!given.has('username')) problems.push(`${nameOf('username')}: expected a user name for Basic authentication`);
  if (!hasPassword)
    problems.push(
      `${nameOf('password')}: expected a password for Basic authentication, here or in ${nameOf('password-file')}`,
    );
  return username && password ? { username, password, passwordFile: file?.path } : undefined;
}

const TLS = ['tls-cert', 'tls-key', 'tls-passphrase-file', 'tls-client-ca'] as const;

/** The files must fit together when the engine starts. */
function resolveTls(
  values: Values,
  given: ReadonlySet<SettingName>,
  problems: string[],
  nameOf: (name: SettingName) => string,
): TlsFiles | undefined {
  if (!TLS.some((name) => given.has(name))) return undefined;
  for (const name of ['tls-cert', 'tls-key'] as const)
    if (!given.has(name))
      problems.push(`${nameOf(name)}: expected a file, because TLS needs a certificate and its key`);
  const { 'tls-cert': cert, 'tls-key': key } = values;
  if (cert === undefined || key === undefined) return undefined;
  const files = { cert, key, passphrase: values['tls-passphrase-file'], clientCa: values['tls-client-ca'] };
  try {
    readTlsMaterial(files);
  } catch (error) {
    problems.push(`${nameOf('tls-cert')}, ${nameOf('tls-key')}: expected ${(error as Error).message}`);
  }
  return files;
}
