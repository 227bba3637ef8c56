// npm test: everything that must hold. The tests and the checks of the files run side by side, and every problem is reported.
// npm run test:quick: the types, and the tests that start no processes.
import { spawn } from 'node:child_process';

const LANES = process.argv.includes('--quick')
  ? [['mocha:quick'], ['typecheck']]
  : [['mocha'], ['generate -- --check', 'samples -- --check', 'checks -- --check', 'typecheck', 'lint']];

const results = await Promise.all(LANES.map(runLane));
const failed = results.flat().filter(({ code }) => code !== 0);
for (const { command, output } of failed) process.stdout.write(`\n=== npm run ${command}\n${output}`);
for (const { command, code, seconds } of results.flat())
  console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${seconds.padStart(5)} s  ${command}`);
if (failed.length > 0) process.exitCode = 1;

async function runLane(commands) {
  const ended = [];
  for (const command of commands) ended.push(await run(command));
  return ended;
}

/** Runs a script of package.json; the output of all but the tests is kept until the end. */
function run(command) {
  const start = Date.now();
  const isTests = command.startsWith('mocha');
  const child = spawn('npm', ['run', '--silent', ...command.split(' ')], {
    stdio: ['ignore', isTests ? 'inherit' : 'pipe', isTests ? 'inherit' : 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ command, code, output, seconds: ((Date.now() - start) / 1000).toFixed(0) });
    });
  });
}
