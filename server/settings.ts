/** Every setting of the engine: its name, description, default and how its text is parsed. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import express from 'express';
import { decodeText } from '../files/decode-text.ts';
import type { KeyFile } from './access/api-keys.ts';
import { parseKeyFile } from './access/key-file.ts';
import { LOG_FORMATS, type LogFormat } from './log/log.ts';
import { OPEN_PATHS, type OpenPath } from './access/open-paths.ts';
import {
  parseMetricsProvidersSettings,
  type MetricsProvidersSettings,
} from './metrics-providers/metrics-providers-settings.ts';
import { parsePayloadLogSettings, type PayloadLogSettings } from './payload-log/payload-log-settings.ts';
import { Secret } from './access/secret.ts';

/** A setting, as the command line and docs/configuration.md describe it. */
export interface Setting<Value> {
  /** The placeholder for the option's value. A setting without one has no option: other users can see options. */
  readonly placeholder?: string;
  /** Whether the option stands for true without a value. */
  readonly isFlag?: true;
  readonly description: string;
  readonly default?: string;
  /** Throws an Error whose message says what was expected. */
  readonly parse: (text: string) => Value;
}

const setting = <Value>(definition: Setting<Value>): Setting<Value> => definition;

/** Every setting by its name; its variable is ENGINE_ and the name in capitals. */
export const SETTINGS = {
  host: setting({
    placeholder: 'host',
    description: 'address to listen on',
    default: '127.0.0.1',
    parse: (text) => expecting(text, /^[A-Za-z0-9.:_-]+$/.test(text), 'a host name or an address'),
  }),
  port: setting({
    placeholder: 'port',
    description: 'port to listen on; 0 for any free port',
    default: '8080',
    parse: (text) => parseInteger(text, 0, 65_535),
  }),
  'public-url': setting({
    placeholder: 'url',
    description: 'base of the URLs that discovery publishes; may have a path prefix',
    parse: parsePublicUrl,
  }),
  'trust-proxy': setting({
    placeholder: 'addresses',
    description:
      'proxies whose X-Forwarded and Forwarded headers are trusted: addresses, subnets, "loopback" or a number of hops',
    parse: parseTrustProxy,
  }),
  deployments: setting({
    placeholder: 'folder',
    description: 'folder of the deployments',
    default: './deployments',
    parse: (text) => expecting(text, text !== '', 'the path of a folder'),
  }),
  'allow-modules': setting({
    placeholder: 'boolean',
    description: 'whether deployments may run their own JavaScript (kind module)',
    default: 'false',
    parse: parseBoolean,
  }),
  'allow-apps': setting({
    placeholder: 'boolean',
    isFlag: true,
    description: 'whether web applications of deployments, their folders app, are served at /apps/<id>/',
    default: 'false',
    parse: parseBoolean,
  }),
  auth: setting({
    placeholder: 'scheme',
    description: 'none or basic; basic if a user name is set',
    parse: (text) => expecting(text as 'none' | 'basic', ['none', 'basic'].includes(text), 'none or basic'),
  }),
  username: setting({
    placeholder: 'name',
    description: 'user name for Basic authentication',
    parse: (text) => expecting(text, /^[^:\p{Cc}]+$/u.test(text), 'a name without a colon or control characters'),
  }),
  password: setting({
    description: 'password for Basic authentication',
    parse: (text) => parsePassword(text),
  }),
  'password-file': setting({
    placeholder: 'file',
    description: 'file that contains the password; a trailing line break is ignored',
    parse: (path) => ({ path, password: parsePassword(readFile(path).replace(/\r?\n$/, '')) }),
  }),
  'api-keys-file': setting({
    placeholder: 'file',
    description: 'file of API keys, which `custom-ml-engine key add` makes; it is read again when it changes',
    parse: parseApiKeys,
  }),
  'open-paths': setting({
    placeholder: 'paths',
    description:
      'guarded paths that need no credentials, separated by commas: /health/ready, whose details do, and /metrics',
    parse: parseOpenPaths,
  }),
  'tls-cert': setting({
    placeholder: 'file',
    description:
      'certificate (PEM), followed by its chain, with which the engine speaks HTTPS; it is read again when it changes',
    parse: parsePath,
  }),
  'tls-key': setting({
    placeholder: 'file',
    description: 'private key of the certificate (PEM)',
    parse: parsePath,
  }),
  'tls-passphrase-file': setting({
    placeholder: 'file',
    description: 'file that contains the passphrase of the private key, if that is encrypted',
    parse: parsePath,
  }),
  'tls-client-ca': setting({
    placeholder: 'file',
    description: 'authorities (PEM) of the certificates that clients must have; without it, they need none',
    parse: parsePath,
  }),
  'cors-origins': setting({
    placeholder: 'origins',
    description: 'origins whose web pages may call the engine (CORS), separated by commas; none by default',
    parse: parseOrigins,
  }),
  'max-body': setting({
    placeholder: 'size',
    description: 'maximum size of a body, after decompression',
    default: '32mb',
    parse: (text) => parseSize(text, 2 ** 29, '512mb'),
  }),
  'body-memory': setting({
    placeholder: 'size',
    description: 'maximum size of all bodies in memory per process; further large requests get a 503',
    default: '256mb',
    parse: (text) => parseSize(text, 2 ** 36, '64gb'),
  }),
  'max-rows': setting({
    placeholder: 'rows',
    description: 'maximum number of rows per scoring request',
    default: '100000',
    parse: (text) => parseInteger(text, 1, 100_000_000),
  }),
  'max-concurrency': setting({
    placeholder: 'requests',
    description: 'maximum number of concurrent requests; further requests get a 503',
    default: '256',
    parse: (text) => parseInteger(text, 1, 1_000_000),
  }),
  workers: setting({
    placeholder: 'number',
    description: 'number of processes that share the port',
    default: '1',
    parse: (text) => parseInteger(text, 1, 64),
  }),
  threads: setting({
    placeholder: 'number',
    description: 'number of threads per process for large requests; 0 for none; by default its share of the cores',
    parse: (text) => parseInteger(text, 0, 64),
  }),
  'max-queue': setting({
    placeholder: 'calls',
    description: 'maximum number of large requests per process that wait for a thread; further ones get a 503',
    default: '16',
    parse: (text) => parseInteger(text, 1, 10_000),
  }),
  'body-timeout': setting({
    placeholder: 'seconds',
    description:
      'time within which a body must arrive, and without progress of a reply; for headers the same, but at most 10 seconds',
    default: '30',
    parse: (text) => parseInteger(text, 1, 3600),
  }),
  'log-level': setting({
    placeholder: 'level',
    description: 'fatal, error, warn, info, debug, trace or silent',
    default: 'info',
    parse: (text) => expecting(text, LOG_LEVELS.includes(text), `one of ${LOG_LEVELS.join(', ')}`),
  }),
  'log-format': setting({
    placeholder: 'format',
    description: 'json, an object per line, or text; by default text on a terminal, and json elsewhere',
    parse: (text) => expecting(text as LogFormat, (LOG_FORMATS as readonly string[]).includes(text), 'json or text'),
  }),
  'log-file': setting({
    placeholder: 'file',
    description: 'file of the log, in place of standard error; when it has been moved away, a new one is begun',
    parse: parseLogFile,
  }),
  'payload-log': setting({
    placeholder: 'file',
    description: 'file that says which requests are logged, and where they are sent; without one, none is',
    parse: parsePayloadLog,
  }),
  'metrics-providers': setting({
    placeholder: 'file',
    description: "file with the metrics that are computed for OpenScale's custom monitors; without one, none are",
    parse: parseMetricsProviders,
  }),
} as const;

const LOG_LEVELS: readonly string[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

export type SettingName = keyof typeof SETTINGS;

/** The environment variable of a setting. */
export function toVariable(name: SettingName): string {
  return `ENGINE_${name.toUpperCase().replaceAll('-', '_')}`;
}

function expecting<Value>(value: Value, holds: boolean, expectation: string): Value {
  if (!holds) throw new Error(expectation);
  return value;
}

function parseInteger(text: string, least: number, greatest: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  return expecting(value, value >= least && value <= greatest, `a whole number from ${least} to ${greatest}`);
}

function parseBoolean(text: string): boolean {
  return expecting(text === 'true', text === 'true' || text === 'false', 'true or false');
}

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 };

/** A size in bytes: `512kb`, `32mb`. A body may have 512mb, near the longest string that Node can hold. */
function parseSize(text: string, greatest: number, greatestText: string): number {
  const [, digits, unit] = /^(\d{1,10})(b|kb|mb|gb)?$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit?.toLowerCase() ?? 'b'] ?? NaN);
  return expecting(bytes, bytes >= 1 && bytes <= greatest, `a size such as 512kb or 32mb, at most ${greatestText}`);
}

function parsePassword(text: string): Secret {
  return new Secret(expecting(text, text.length > 0 && !/\p{Cc}/u.test(text), 'a password without control characters'));
}

function readFile(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new Error('a readable file');
  }
  try {
    return decodeText(bytes);
  } catch {
    throw new Error('a file in UTF-8');
  }
}

function parsePublicUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && !url.search && !url.hash && !url.username && !url.password;
  if (!url || !plain || !/^https?:$/.test(url.protocol)) {
    throw new Error('an http or https URL without credentials, query and fragment');
  }
  return url;
}

function parsePayloadLog(path: string): PayloadLogSettings {
  const text = readFile(path);
  try {
    return parsePayloadLogSettings(text, path);
  } catch (error) {
    throw new Error(`a file as docs/payload-logging.md describes it (${(error as Error).message})`, { cause: error });
  }
}

/** The file is made here, so that one that cannot be written is reported with the other problems. */
function parseLogFile(path: string): string {
  try {
    closeSync(openSync(path, 'a', 0o640));
  } catch {
    throw new Error('a writable file in a folder that exists');
  }
  return path;
}

function parsePath(path: string): string {
  readFile(path);
  return path;
}

function parseApiKeys(path: string): KeyFile {
  const text = readFile(path);
  try {
    return { path, keys: parseKeyFile(text) };
  } catch (error) {
    throw new Error(`a file as docs/security.md describes it (${(error as Error).message})`, { cause: error });
  }
}

function parseOpenPaths(text: string): OpenPath[] {
  const paths = text.split(',').map((path) => path.trim());
  const isKnown = (path: string): path is OpenPath => (OPEN_PATHS as readonly string[]).includes(path);
  if (!paths.every(isKnown)) throw new Error(`some of ${OPEN_PATHS.join(', ')}, separated by commas`);
  return paths;
}

function parseMetricsProviders(path: string): MetricsProvidersSettings {
  const text = readFile(path);
  try {
    return parseMetricsProvidersSettings(text, path);
  } catch (error) {
    throw new Error(`a file as docs/custom-metrics.md describes it (${(error as Error).message})`, { cause: error });
  }
}

/** Origins as browsers send them: scheme, host and port, and nothing after them. */
function parseOrigins(text: string): string[] {
  const origins = text.split(',').map((origin) => origin.trim());
  const isOrigin = (origin: string) =>
    URL.canParse(origin) && /^https?:/.test(origin) && new URL(origin).origin === origin;
  return expecting(origins, origins.every(isOrigin), 'origins such as https://app.example.com, separated by commas');
}

function parseTrustProxy(text: string): string | number {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : text;
  try {
    express().set('trust proxy', value);
  } catch {
    throw new Error('addresses or subnets separated by commas, "loopback", or a number of hops');
  }
  return value;
}
