import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serialize } from 'node:v8';
import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { ModuleThread } from '../../../models/kinds/module/module-thread.ts';
import { catchError } from '../../support/deployment.ts';

const KIND = new URL('../../../models/kinds/module/', import.meta.url);
const LOADER = fileURLToPath(new URL('../../../scripts/register-typescript.js', import.meta.url));
const run = promisify(execFile);

describe('the thread of a module', () => {
  let folder: string;
  const threads: ModuleThread[] = [];
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'module-'))));
  afterEach(() => {
    for (const thread of threads.splice(0)) thread.close();
  });
  after(() => rm(folder, { recursive: true }));

  const open = async (text: string, options: { importTime?: number } = {}) => {
    const path = join(folder, 'score.mjs');
    await writeFile(path, text);
    const settings = { path, name: 'score.mjs', fields: ['x'], classes: undefined, timeout: 10_000 };
    const thread = new ModuleThread({ ...settings, ...options });
    threads.push(thread);
    return thread;
  };
  const SUM = 'export default ({ values }) => ({ predictions: values.map(([x]) => x + 1) });';

  it('must import its module in time', async () => {
    const thread = await open('while (true);', { importTime: 300 });
    const { problems } = await catchError(DeploymentError, () => thread.start());
    expect(problems).to.deep.equal(['score.mjs: expected a module that is imported within 0.3 s']);
  });

  it('must not end while its module is imported', async () => {
    const thread = await open('process.exit(3);');
    const { problems } = await catchError(DeploymentError, () => thread.start());
    expect(problems).to.deep.equal(['score.mjs: expected a module that does not end its thread']);
  });

  it('starts again for the next call when its module throws in the middle of one', async () => {
    const thread = await open(
      `export default ({ values }) => {
        if (values[0][0] > 0) return { predictions: [7] };
        setTimeout(() => { throw new Error('later'); });
        return new Promise(() => undefined);
      };`,
    );
    await thread.start();
    expect((await catchError(Error, () => thread.score(serialize([[0]])))).message).to.equal('later');
    expect(Array.from((await thread.score(serialize([[1]]))).predictions)).to.deep.equal([7]);
  });

  it('answers the calls that have started when it is closed, and later ones, too', async () => {
    const thread = await open(SUM);
    const call = thread.score(serialize([[1]]));
    thread.close();
    expect(Array.from((await call).predictions)).to.deep.equal([2]);
    expect(Array.from((await thread.score(serialize([[2]]))).predictions)).to.deep.equal([3]);
  });

  it('lets its process end, and until then answers the calls in progress', async () => {
    const path = join(folder, 'score.mjs');
    await writeFile(path, SUM);
    const program = join(folder, 'program.mjs');
    await writeFile(
      program,
      `import { serialize } from 'node:v8';
      const { ModuleThread } = await import(${JSON.stringify(new URL('module-thread.ts', KIND).href)});
      const settings = { path: ${JSON.stringify(path)}, name: 'score.mjs', fields: ['x'], classes: undefined, timeout: 10_000 };
      const thread = new ModuleThread(settings);
      const { predictions } = await thread.score(serialize([[1]]));
      console.log(...predictions);`,
    );
    const { stdout } = await run(process.execPath, ['--import', LOADER, program], { timeout: 60_000 });
    expect(stdout).to.equal('2\n');
  });
});
