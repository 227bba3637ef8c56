/** The credentials and certificates that `check` calls an engine with; secrets come from variables and files. */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { Credentials } from '../conformance/client/credentials.ts';
import type { ClientCertificates } from '../conformance/client/http-client.ts';
import { checkUsername, parseHeader } from '../conformance/parse-arguments.ts';
import { UsageError } from '../conformance/usage-error.ts';
import { CommandError } from '../errors/command-error.ts';
import { readTextFile } from '../files/read-text-file.ts';

export interface CredentialOptions {
  readonly username?: string;
  readonly passwordEnv?: string;
  readonly passwordFile?: string;
  readonly apiKeyEnv?: string;
  readonly apiKeyFile?: string;
  readonly bearerEnv?: string;
  readonly bearerFile?: string;
  readonly header?: Credentials;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Max bytes of a file with a secret. */
const MAX_SECRET = 65_536;

const WAYS = 'Expected one of a user name with a password, an API key, a bearer token, or --header.';

/**
 * Adds the options to the command.
 * @param parseHeaderOption parses `--header`
 */
export function addCredentialOptions(command: Command, parseHeaderOption: (text: string) => Credentials): Command {
  return command
    .option('--username <name>', 'user name for Basic authentication')
    .option('--password-env <variable>', 'environment variable that contains the password')
    .option('--password-file <file>', 'file that contains the password')
    .option('--api-key-env <variable>', 'environment variable that contains an API key, sent as X-API-Key')
    .option('--api-key-file <file>', 'file that contains an API key')
    .option('--bearer-env <variable>', 'environment variable that contains a bearer token')
    .option('--bearer-file <file>', 'file that contains a bearer token')
    .addOption(
      new Option('--header <header>', 'header to authenticate with, "Name: value"').argParser(parseHeaderOption),
    )
    .option('--ca-file <file>', 'certificates (PEM) of authorities that are trusted as well')
    .option('--cert-file <file>', 'certificate (PEM) that the engine is shown')
    .option('--key-file <file>', 'its private key (PEM)');
}

/**
 * The credentials of the options; undefined if there are none.
 * @throws {CommandError} when they do not fit together, or a secret cannot be had
 */
export async function toCredentials(options: CredentialOptions): Promise<Credentials | undefined> {
  const { username, header } = options;
  const password = await readSecret('password', options.passwordEnv, options.passwordFile);
  const apiKey = await readSecret('api-key', options.apiKeyEnv, options.apiKeyFile);
  const token = await readSecret('bearer', options.bearerEnv, options.bearerFile);
  const isBasic = username !== undefined || password !== undefined;
  if ([isBasic, header, apiKey, token].filter(Boolean).length > 1) throw new CommandError(WAYS);
  if (header) return header;
  if (apiKey !== undefined) return toHeader('api-key', `X-API-Key: ${apiKey}`);
  if (token !== undefined) return toHeader('bearer', `Authorization: Bearer ${token}`);
  if (!isBasic) return undefined;
  if (username === undefined || password === undefined)
    throw new CommandError('Expected --username and --password-env together, or --password-file.');
  checkUsername(username);
  return { kind: 'basic', username, password };
}

/**
 * The certificates of the options.
 * @throws {CommandError} when a file cannot be read, or one of two is missing
 */
export async function toCertificates({ caFile, certFile, keyFile }: CredentialOptions): Promise<ClientCertificates> {
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new CommandError('Expected --cert-file and --key-file together.');
  return {
    ...(caFile !== undefined && { ca: await readPem('ca-file', caFile) }),
    ...(certFile !== undefined && { cert: await readPem('cert-file', certFile) }),
    ...(keyFile !== undefined && { key: await readPem('key-file', keyFile) }),
  };
}

function toHeader(name: string, header: string): Credentials {
  try {
    return parseHeader(header);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new CommandError(`--${name}-env, --${name}-file: expected visible ASCII characters only.`);
  }
}

async function readSecret(name: string, variable?: string, file?: string): Promise<string | undefined> {
  if (variable !== undefined && file !== undefined)
    throw new CommandError(`Expected either --${name}-env or --${name}-file.`);
  if (file !== undefined) {
    const text = await readTextFile(file, MAX_SECRET).catch(() => '');
    const secret = text.replace(/\r?\n$/, '');
    if (secret === '') throw new CommandError(`--${name}-file: expected a readable file with one line of text.`);
    return secret;
  }
  if (variable === undefined) return undefined;
  if (!/^[A-Za-z_]\w*$/.test(variable))
    throw new CommandError(`--${name}-env: expected the name of an environment variable, not its value.`);
  const secret = process.env[variable];
  if (!secret) throw new CommandError(`--${name}-env: expected a value in the environment variable ${variable}.`);
  return secret;
}

async function readPem(option: string, file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!text.includes('-----BEGIN ')) throw new CommandError(`--${option}: expected a readable file in PEM format.`);
  return text;
}
