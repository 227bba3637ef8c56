// The check of action.yml: the library's, with the inputs from the environment. The report goes to a JUnit file and to the log;
// the exit codes are those of the command.
import { appendFile, writeFile } from 'node:fs/promises';
import { check, CommandError, formatReport, UsageError } from '../dist/library/index.js';

function read(name) {
  const text = process.env[`CHECK_${name}`]?.trim();
  return text ? text : undefined;
}

async function setOutput(name, value) {
  // A line break would begin another output.
  if (/[\r\n]/.test(value)) throw new UsageError(`${name}: expected no line break.`);
  if (process.env.GITHUB_OUTPUT) await appendFile(process.env.GITHUB_OUTPUT, `${name}=${value}\n`);
}

async function run() {
  const level = read('LEVEL') ?? 'required';
  if (!['required', 'recommended'].includes(level)) throw new UsageError('level: expected required or recommended.');
  const output = read('OUTPUT') ?? 'conformance.xml';
  const report = await check(read('URL'), {
    username: read('USERNAME'),
    // Not trimmed: a password may begin or end with a space.
    password: process.env.CHECK_PASSWORD || undefined,
    deployments: read('DEPLOYMENT')?.split(/\s+/),
    rows: read('ROWS'),
    level,
  });
  await writeFile(output, formatReport(report, 'junit'));
  await setOutput('report', output);
  await setOutput('conclusion', report.conclusion);
  process.stdout.write(formatReport(report, 'text'));
  return report.conclusion === 'conforms' ? 0 : 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
