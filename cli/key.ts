/** `key`: makes, lists and revokes the API keys of an engine, which reads their file again when it changes. */
import { Command, InvalidArgumentError } from 'commander';
import { CommandError } from '../errors/command-error.ts';
import {
  findKeyProblem,
  hasExpired,
  hashKey,
  isKeyName,
  KEY_NAME,
  makeKey,
  MAX_KEYS,
  type StoredKey,
} from '../server/access/key-file.ts';
import { toVariable } from '../server/settings.ts';
import { changeKeyFile, readKeyFile } from '../server/access/write-key-file.ts';

interface FileOptions {
  readonly file?: string;
  readonly json?: true;
}

interface AddOptions extends FileOptions {
  readonly expires?: string;
  readonly stdin?: true;
}

const VARIABLE = toVariable('api-keys-file');
const DAY = 86_400_000;
/** Max characters read from standard input. */
const MAX_INPUT = 4096;

/** The command `key`, with a subcommand for each change. */
export function buildKeyCommand(): Command {
  const command = new Command('key').description('make, list and revoke API keys');
  addCommand(command, 'add <name>', 'make a key, and print it: this once, because only its hash is kept')
    .option('--expires <when>', 'when it expires: a number of days (90d), a date or a time', parseExpiry)
    .option('--stdin', 'take a key of your own from standard input instead of making one')
    .action(add);
  addCommand(command, 'list', 'list the keys: names, times and the beginnings of their hashes').action(list);
  addCommand(command, 'revoke <name>', 'remove a key').action(revoke);
  return command;
}

function addCommand(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--file <file>', `file of the keys (${VARIABLE})`)
    .option('--json', 'print JSON');
}

async function add(name: string, options: AddOptions): Promise<void> {
  if (!isKeyName(name)) throw new CommandError(`<name>: expected ${KEY_NAME}.`, { exitCode: 2 });
  const file = toFile(options);
  const key = options.stdin ? await readOwnKey() : makeKey();
  const stored: StoredKey = {
    name,
    sha256: hashKey(key).toString('hex'),
    created_at: new Date().toISOString(),
    ...(options.expires !== undefined && { expires_at: options.expires }),
  };
  await changeKeyFile(file, (keys) => {
    if (keys.some((other) => other.name === name))
      throw new CommandError(`There is a key ${name} already; choose another name, or revoke it first.`);
    if (keys.some(({ sha256 }) => sha256 === stored.sha256)) throw new CommandError('The key is there already.');
    if (keys.length >= MAX_KEYS) throw new CommandError(`There are ${MAX_KEYS} keys, the max; revoke some first.`);
    return [...keys, stored];
  });
  if (options.json) console.log(JSON.stringify({ ...toPublic(stored), ...(!options.stdin && { key }) }));
  else if (!options.stdin) console.log(key);
  const kept = options.stdin ? '' : ' It is not shown again.';
  console.error(`The key ${name} is in ${file}.${kept} Send it as Authorization: Bearer, or as X-API-Key.`);
}

async function list(options: FileOptions): Promise<void> {
  const keys = await readKeyFile(toFile(options));
  if (options.json) {
    console.log(JSON.stringify({ keys: keys.map(toPublic) }));
    return;
  }
  const width = Math.max(0, ...keys.map(({ name }) => name.length));
  for (const key of keys) {
    const end = key.expires_at === undefined ? 'does not expire' : `expires ${key.expires_at}`;
    const state = hasExpired(key, Date.now()) ? `expired ${key.expires_at}` : end;
    console.log(`${key.name.padEnd(width)}  ${key.sha256.slice(0, 8)}  made ${key.created_at ?? 'unknown'}  ${state}`);
  }
}

async function revoke(name: string, options: FileOptions): Promise<void> {
  const file = toFile(options);
  await changeKeyFile(file, (keys) => {
    const rest = keys.filter((key) => key.name !== name);
    if (rest.length === keys.length) throw new CommandError('No key has this name; `key list` lists them.');
    return rest;
  });
  if (options.json) console.log(JSON.stringify({ name, revoked: true }));
  console.error(`The key ${name} is revoked: running engines notice within two seconds.`);
}

function toPublic({ sha256, ...key }: StoredKey): object {
  return { ...key, sha256: sha256.slice(0, 8), expired: hasExpired(key, Date.now()) };
}

function toFile({ file }: FileOptions): string {
  const path = file ?? process.env[VARIABLE];
  if (path) return path;
  throw new CommandError(`Expected --file, or ${VARIABLE}: the file of the keys, which is made if there is none.`, {
    exitCode: 2,
  });
}

async function readOwnKey(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > MAX_INPUT) break;
  }
  const key = text.replace(/\r?\n$/, '');
  const problem = findKeyProblem(key);
  if (problem !== undefined) throw new CommandError(`Standard input: expected ${problem}.`, { exitCode: 2 });
  return key;
}

/** A time in the future, as ISO 8601. */
function parseExpiry(text: string): string {
  const [, days] = /^([1-9]\d{0,4})d$/.exec(text) ?? [];
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = days !== undefined ? Date.now() + Number(days) * DAY : isDate ? Date.parse(text) : NaN;
  if (Number.isNaN(time) || time <= Date.now())
    throw new InvalidArgumentError(
      'Expected days such as 90d, a date such as 2030-01-31, or a time with its zone, in the future.',
    );
  return new Date(time).toISOString();
}
