/** Runs the recipes of a page: run-recipes.ts PAGE FOLDER [SECTION...]; without names, those that are sections of the page itself. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readSections, type Section } from './read-sections.ts';

const [page = '', scratch = '', ...wanted] = process.argv.slice(2);
const COMMAND = resolve('dist/cli/start.cjs');

const sections = readSections(await readFile(page, 'utf8'));
const shared = sections.find(({ title }) => title === 'Scores')?.blocks.find(({ language }) => language === 'python');
const recipes = sections.filter(
  ({ level, title, blocks }) => isRecipe(blocks) && (wanted.length === 0 ? level === 2 : wanted.includes(title)),
);
if (!shared || recipes.length === 0) throw new Error(`${page}: expected the shared Python, and recipes`);
let failed = 0;
for (const recipe of recipes) {
  try {
    console.log(`recipes: ${recipe.title}: ${await run(recipe, shared.text)}`);
  } catch (error) {
    failed += 1;
    console.error(`recipes: ${recipe.title}: FAILED\n${(error as Error).message}`);
  }
}
console.log(`recipes: ${recipes.length - failed} of ${recipes.length} lead from fit to a scored request`);
if (failed > 0) process.exitCode = 1;

function isRecipe(blocks: Section['blocks']): boolean {
  return (
    blocks.some(
      ({ language, text }) =>
        language === 'sh' && text.includes('npx custom-ml-engine import ') && !/\bOR\b/.test(text),
    ) && blocks.some(({ language }) => language === 'python')
  );
}

/** Runs the blocks of a section in a folder of its own, serves what it made, and scores a row. */
async function run({ title, blocks }: Section, prefix: string): Promise<string> {
  const folder = join(scratch, title.replace(/\W/g, '-'));
  await mkdir(join(folder, 'node_modules', '.bin'), { recursive: true });
  const command = join(folder, 'node_modules', '.bin', 'custom-ml-engine');
  await writeFile(command, `#!/bin/sh\nexec node '${COMMAND}' "$@"\n`, { mode: 0o755 });
  await writeFile(join(folder, 'package.json'), '{}');
  await writeFile(join(folder, 'loans.csv'), makeLoans());
  let output = '';
  for (const { language, text } of blocks) {
    if (language === 'python') await writeFile(join(folder, 'recipe.py'), `${prefix}\n${text}`);
    if (language === 'python') output = call(folder, 'python', ['recipe.py']);
    if (language === 'sh') output = call(folder, 'bash', ['-euc', text]);
  }
  const equal = /^(\d+) of \1 rows equal .*$/m.exec(output)?.[0];
  if (equal === undefined) throw new Error(`expected equal scores; the last command printed:\n${output}`);
  await scoreRow(folder);
  return equal;
}

function call(folder: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', timeout: 600_000 });
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

async function scoreRow(folder: string): Promise<void> {
  const engine = spawn(process.execPath, [COMMAND, 'serve', '--port', '0'], { cwd: folder });
  const ended = once(engine, 'close');
  try {
    const url = await new Promise<string>((found, failed) => {
      let text = '';
      engine.stdout.on('data', (chunk) => {
        text += String(chunk);
        const match = /(http:\/\/\S+)\/v1\/deployments\n/.exec(text);
        if (match) found(match[1] as string);
      });
      engine.once('close', () => failed(new Error(`the engine ended:\n${text}`)));
    });
    const [values, fields] = [[[2000, 24, 'car', 'good']], ['amount', 'duration', 'purpose', 'history']];
    const reply = await fetch(`${url}/v1/deployments/credit/online`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ fields, values }),
    });
    const text = await reply.text();
    if (reply.status !== 200 || !/"(good|bad)",\[/.test(text))
      throw new Error(`the engine answers ${reply.status}: ${text}`);
  } finally {
    engine.kill();
    await ended;
  }
}

/** A table whose label depends on its columns. */
function makeLoans(): string {
  let state = 7;
  const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  const lines = Array.from({ length: 600 }, () => {
    const [amount, duration] = [Math.round(500 + 9000 * random()), Math.round(6 + 54 * random())];
    const purpose = ['car', 'education', 'rent'][Math.floor(3 * random())];
    const history = ['bad', 'good', 'none'][Math.floor(3 * random())];
    const risk = amount / 9000 + duration / 60 + (history === 'bad' ? 0.5 : 0) + 0.4 * random() > 1.3 ? 'bad' : 'good';
    return [amount, duration, purpose, history, risk].join();
  });
  return `amount,duration,purpose,history,risk\n${lines.join('\n')}\n`;
}
