import { access, constants, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { checkEngine, type CheckOptions } from '../conformance/check-engine.ts';
import { FORMATS, type Format } from '../conformance/report/formats.ts';
import { toCheckList } from '../conformance/report/check-list.ts';
import { toFailedOnly, type CheckResult } from '../conformance/report/report.ts';
import { toSummary } from '../conformance/report/text.ts';
import { parseBaseUrl, parseHeader, parseScoringUrl } from '../conformance/parse-arguments.ts';
import { selectChecks } from '../conformance/select-checks.ts';
import { UsageError } from '../conformance/usage-error.ts';
import { loadRows, type RowsFile } from '../csv/load-rows.ts';
import { CommandError } from '../errors/command-error.ts';
import { addCredentialOptions, toCertificates, toCredentials, type CredentialOptions } from './check-credentials.ts';
import { addFileOptions, collect, findFileOption, toCellRules, toCsvFormat, type FileOptions } from './file-options.ts';
import { toNumberParser } from './to-number-parser.ts';

interface CliOptions extends FileOptions, CredentialOptions {
  readonly deployment?: string[];
  readonly scoringUrl?: URL;
  readonly rows?: string;
  readonly maxRows: number;
  readonly only?: string[];
  readonly skip?: string[];
  readonly logging?: boolean;
  readonly timeout: number;
  readonly format: Format;
  readonly failedOnly?: boolean;
  readonly output?: string;
  readonly insecure?: boolean;
  readonly level: CheckOptions['level'];
  readonly list?: boolean;
}

/** The command that checks whether OpenScale can discover, score, explain and debias an engine, whoever wrote it. */
export function buildCheckCommand(): Command {
  const command = new Command('check')
    .description('check whether OpenScale can discover, score, explain and debias the deployments of any engine')
    .addArgument(
      new Argument('[base-url]', 'the URL before /v1/deployments; optional with --scoring-url').argParser(
        toArgumentParser(parseBaseUrl),
      ),
    );
  addCredentialOptions(command, toArgumentParser(parseHeader))
    .option('--deployment <id>', 'deployment to score; can be repeated (default: all)', collect)
    .option('--scoring-url <url>', 'URL to score; makes discovery optional', toArgumentParser(parseScoringUrl))
    .option('--rows <file>', 'rows to score: JSON {"fields": […], "values": [[…]]}, or CSV with a header');
  return addFileOptions(command)
    .option('--max-rows <number>', 'max rows per call', toNumberParser(1, 100_000), 5000)
    .option('--only <checks>', 'ids or groups of checks to run, separated by commas', parseList)
    .option('--skip <checks>', 'ids or groups of checks to skip, separated by commas', parseList)
    .option('--logging', 'also check /predictions and /feedback: the engine logs the rows that are sent there')
    .option('--timeout <seconds>', 'time limit per call', toNumberParser(0.1, 3600, false), 60)
    .addOption(new Option('--format <format>', 'format of the report').choices(Object.keys(FORMATS)).default('text'))
    .option('--failed-only', 'report only checks that failed, and those that must pass but could not be run')
    .option('--output <file>', 'file to write the report to (default: standard output)')
    .option('--insecure', 'accept any certificate')
    .addOption(
      new Option('--level <level>', 'checks that must pass: only required ones, or recommended ones as well')
        .choices(['required', 'recommended'])
        .default('required'),
    )
    .option('--list', 'list all checks and exit')
    .action(run);
}

async function run(base: URL | undefined, options: CliOptions): Promise<void> {
  try {
    if (options.list) {
      console.log(toCheckList(selectChecks({ ...options, logging: options.only === undefined })));
      return;
    }
    // Before the checks: after a minute, the report would be lost.
    if (options.output !== undefined) await checkWritable(options.output);
    const report = await checkEngine(await toCheckOptions(base, options));
    const isTerminal = options.output === undefined && process.stdout.isTTY;
    const shown = options.failedOnly ? toFailedOnly(report) : report;
    const text = FORMATS[options.format](shown, { colour: isTerminal && (process.env['NO_COLOR'] ?? '') === '' });
    if (options.output === undefined) process.stdout.write(text);
    else {
      await write(options.output, text);
      console.error(`${toSummary(report).join('\n')}\nThe report is in ${options.output}.`);
    }
    process.exitCode = report.conclusion === 'conforms' ? 0 : 1;
  } catch (error) {
    // Exit code 1 means that the engine does not conform.
    if (error instanceof UsageError || error instanceof CommandError)
      throw new CommandError(error.message, { exitCode: 2 });
    throw error;
  }
}

async function toCheckOptions(base: URL | undefined, options: CliOptions): Promise<CheckOptions> {
  const credentials = await toCredentials(options);
  const rows = await loadGivenRows(options);
  return {
    ...(base && { base }),
    ...(options.scoringUrl && { scoringUrl: options.scoringUrl }),
    checks: selectChecks(options),
    ...(credentials && { credentials }),
    ...(options.deployment && { deployments: options.deployment }),
    ...(rows && { rows }),
    maxRows: options.maxRows,
    timeout: options.timeout * 1000,
    level: options.level,
    insecure: options.insecure ?? false,
    certificates: await toCertificates(options),
    onBudget: (text) => console.error(text),
    onProgress: buildProgressLine(),
  };
}

/** The rows of `--rows`, if given; notices about them are printed to standard error. */
async function loadGivenRows(options: CliOptions): Promise<RowsFile | undefined> {
  if (options.rows === undefined) {
    const given = findFileOption(options);
    if (given !== undefined) throw new CommandError(`${given} says how the file of --rows is read; expected --rows.`);
    return undefined;
  }
  const rows = await loadRows(options.rows, Infinity, { ...toCsvFormat(options), rules: toCellRules(options) });
  for (const notice of rows.notices) console.error(`--rows: ${notice}`);
  return rows;
}

/** On a terminal, a single line that is updated; otherwise nothing. */
function buildProgressLine(): (done: number, total: number, result: CheckResult) => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => undefined;
  return (done, total, { id }) => stderr.write(done === total ? '\r\u001b[K' : `\r\u001b[K${done}/${total} ${id}`);
}

/** @throws {CommandError} if the folder of the file does not exist, or is not writable */
async function checkWritable(file: string): Promise<void> {
  await access(dirname(file), constants.W_OK).catch(toUnwritable(file));
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch(toUnwritable(file));
}

function toUnwritable(file: string): (error: NodeJS.ErrnoException) => never {
  return ({ code }) => {
    throw new CommandError(`--output: cannot write ${file} (${code}).`);
  };
}

function toArgumentParser<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
    }
  };
}

function parseList(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}
