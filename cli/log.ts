import { Argument, Command } from 'commander';
import { CommandError } from '../errors/command-error.ts';
import { appendAgain } from '../records/append-again.ts';
import { listDeadLetters, readDeadLetter, removeDeadLetter, type DeadLetterFile } from '../records/dead-letters.ts';
import { readStatus, type SpoolStatus } from '../records/read-status.ts';
import { readRecords } from '../records/read-records.ts';
import { listSegments, removeSegment } from '../records/spool-folder.ts';
import type { PayloadLogSettings } from '../server/payload-log/payload-log-settings.ts';
import { SETTINGS, toVariable } from '../server/settings.ts';

interface LogOptions {
  readonly payloadLog?: string;
  readonly sink?: string;
  readonly dead?: boolean;
  readonly unsent?: boolean;
  readonly json?: boolean;
}

/** The command that shows and maintains the log of requests, whether the engine runs or not. */
export function buildLogCommand(): Command {
  return new Command('log')
    .description('show, export, retry or purge the requests that the engine has logged and not delivered')
    .addArgument(
      new Argument(
        '<action>',
        'what to do: `export` prints records as JSON lines, `retry` sends dead letters again',
      ).choices(Object.keys(actions)),
    )
    .option('--payload-log <file>', `${SETTINGS['payload-log'].description} (${toVariable('payload-log')})`)
    .option('--sink <name>', 'of one sink only')
    .option('--dead', 'dead letters: for export and purge')
    .option('--unsent', 'records that are not delivered yet: for purge')
    .option('--json', 'print the result as JSON')
    .action(async (action: keyof typeof actions, options: LogOptions) => {
      const settings = readSettings(options.payloadLog ?? process.env[toVariable('payload-log')]);
      if (options.sink !== undefined && !settings.sinks.some(({ name }) => name === options.sink))
        throw new CommandError('--sink: expected the name of a sink in the file.', { exitCode: 2 });
      await actions[action](settings, options);
    });
}

const actions = { status: showStatus, export: exportRecords, retry: retryLetters, purge: purgeRecords };

function readSettings(path: string | undefined): PayloadLogSettings {
  if (!path)
    throw new CommandError(`Expected --payload-log or ${toVariable('payload-log')}, the file of the engine.`, {
      exitCode: 2,
    });
  try {
    return SETTINGS['payload-log'].parse(path);
  } catch (error) {
    throw new CommandError(`--payload-log: expected ${(error as Error).message}.`, { exitCode: 2 });
  }
}

async function showStatus(settings: PayloadLogSettings, { json, sink }: LogOptions): Promise<void> {
  const names = settings.sinks.map(({ name }) => name).filter((name) => sink === undefined || name === sink);
  const status = await readStatus(settings.folder, names, settings.max_bytes);
  console.log(json ? JSON.stringify(status) : toText(status));
}

function toText({ bytes, max_bytes, records, oldest, dropped, sinks }: SpoolStatus): string {
  const lines = [
    `${records} ${records === 1 ? 'record' : 'records'} in the spool, ${bytes} of ${max_bytes} bytes${oldest === undefined ? '' : `, the oldest of ${oldest}`}`,
    ...(dropped > 0 ? [`${dropped} dropped when it was full`] : []),
    ...(sinks.length === 0 ? ['no sink: records stay until they are exported and purged'] : []),
  ];
  for (const { name, pending, delivered, repeated, damaged, dead, reasons, failure } of sinks) {
    const others = [repeated > 0 && `${repeated} repeated`, damaged > 0 && `${damaged} damaged`].filter(Boolean);
    lines.push('', `${name}: ${[`${pending} to send`, `${delivered} delivered`, ...others].join(', ')}`);
    if (dead > 0) lines.push(`  ${dead} rejected, kept as dead letters:`);
    for (const { reason, records: count } of reasons) lines.push(`    ${count} × ${reason}`);
    if (failure)
      lines.push(
        `  failed ${failure.failures === 1 ? 'once' : `${failure.failures} times in a row`}: ${failure.message} (${failure.at})`,
      );
  }
  if (sinks.some(({ dead }) => dead > 0))
    lines.push('', 'npx custom-ml-engine log retry sends dead letters again; log purge --dead removes them.');
  return lines.join('\n');
}

async function exportRecords(settings: PayloadLogSettings, { dead, sink }: LogOptions): Promise<void> {
  if (dead) {
    for (const file of await listLetters(settings, sink)) {
      const letter = await readDeadLetter(file);
      if (letter) console.log(JSON.stringify({ sink: file.sink, ...letter }));
    }
    return;
  }
  const names = sink === undefined ? settings.sinks.map(({ name }) => name) : [sink];
  for await (const { record } of readRecords(settings.folder, names)) console.log(JSON.stringify(record));
}

async function retryLetters(settings: PayloadLogSettings, { json, sink }: LogOptions): Promise<void> {
  const letters = await listLetters(settings, sink);
  let records = 0;
  await appendAgain(settings.folder, async (append) => {
    for (const file of letters) {
      const letter = await readDeadLetter(file);
      if (!letter) continue;
      await append({ record: letter.record, sink: file.sink });
      await removeDeadLetter(file);
      records += 1;
    }
  });
  report(records, 'will be sent again', json);
}

async function purgeRecords(settings: PayloadLogSettings, { json, dead, unsent, sink }: LogOptions): Promise<void> {
  if (Boolean(dead) === Boolean(unsent))
    throw new CommandError('Expected either --dead or --unsent, the records to remove for good.', { exitCode: 2 });
  if (unsent && sink !== undefined)
    throw new CommandError('Expected --sink with --dead only: a record in the spool is for all sinks.', {
      exitCode: 2,
    });
  let records = 0;
  if (dead) {
    for (const file of await listLetters(settings, sink)) {
      await removeDeadLetter(file);
      records += 1;
    }
  } else {
    const names = settings.sinks.map(({ name }) => name);
    for await (const _ of readRecords(settings.folder, names)) records += 1;
    for (const segment of await listSegments(settings.folder)) await removeSegment(segment);
  }
  report(records, 'removed', json);
}

async function listLetters({ folder }: PayloadLogSettings, sink: string | undefined): Promise<DeadLetterFile[]> {
  return (await listDeadLetters(folder)).filter((letter) => sink === undefined || letter.sink === sink);
}

function report(records: number, what: string, json: boolean | undefined): void {
  console.log(json ? JSON.stringify({ records }) : `${records} ${records === 1 ? 'record' : 'records'} ${what}.`);
}
