/** Two hundred deployments with a web application each, in a process of their own: what it serves, and the memory that it takes. */
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DeploymentList } from '../../../console/data.ts';
import type { AppState } from '../../../catalogue/apps.ts';
import { writeLine } from '../../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES } from '../../support/engine.ts';
import { Run } from '../../support/run.ts';
import { until } from '../../support/until.ts';

const COUNT = 200;
/** The size of the largest file of each: more than fits of all of them. */
const LARGE = 2 * 2 ** 20;
const LIMIT = 256 * 2 ** 20;
/** What the engine takes without applications, and while it reads one. */
const BESIDE = 320 * 2 ** 20;

describe('two hundred web applications', () => {
  let temporary: Awaited<ReturnType<typeof makeDeploymentsFolder>>;
  let engine: Run;
  let url: string;
  const ids = Array.from({ length: COUNT }, (_, index) => `line-${String(index).padStart(3, '0')}`);

  before(async () => {
    temporary = await makeDeploymentsFolder(SAMPLES, []);
    for (const id of ids) {
      const app = join(temporary.folder, id, 'app');
      await writeLine(join(temporary.folder, id), id, 0);
      await mkdir(app);
      await writeFile(join(app, 'index.html'), `page of ${id}`);
      await writeFile(join(app, 'data.csv'), '');
      await truncate(join(app, 'data.csv'), LARGE);
    }
    engine = new Run(['serve', '--port', '0', '--allow-apps', '--deployments', temporary.folder]);
    url = await engine.listen();
  });
  after(async () => {
    engine.process.kill('SIGKILL');
    await engine.code;
    await temporary.remove();
  });
  const readPeak = async () => {
    const status = await readFile(`/proc/${engine.process.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  };

  it('are served as far as they fit in the memory for all, and listed, and the others are reported', async () => {
    const { apps, broken_apps: broken } = (await (await fetch(`${url}/health/ready`)).json()) as {
      readonly apps: number;
      readonly broken_apps: readonly AppState[];
    };
    expect([apps, broken.length]).to.deep.equal([127, COUNT - 127]);
    for (const { served, problems } of broken)
      expect([served, problems]).to.deep.equal([false, ['app: expected at most 256 MiB of all applications together']]);
    const refused = new Set(broken.map(({ id }) => id));
    const { deployments } = (await (await fetch(`${url}/console/data/deployments`)).json()) as DeploymentList;
    expect(deployments.map(({ id, hasApp }) => [id, hasApp])).to.deep.equal(ids.map((id) => [id, !refused.has(id)]));
    for (const id of ids) {
      const reply = await fetch(`${url}/apps/${id}/`);
      const text = await reply.text();
      if (refused.has(id)) expect([reply.status, text.includes('256 MiB')], id).to.deep.equal([404, true]);
      else expect([reply.status, text], id).to.deep.equal([200, `page of ${id}`]);
    }
  });

  it('can be replaced when there is no room for another one', async () => {
    await writeFile(join(temporary.folder, 'line-000', 'app', 'index.html'), 'another page');
    const read = async () => (await fetch(`${url}/apps/line-000/`)).text();
    await until('it is replaced', async () => (await read()) === 'another page');
  });

  it('take the memory that they may, also when all of their files are asked for at once, compressed', async () => {
    const replies = await Promise.all(
      ids.map(async (id) => {
        const reply = await fetch(`${url}/apps/${id}/data.csv`);
        return [reply.status, reply.headers.get('content-encoding'), (await reply.arrayBuffer()).byteLength].join();
      }),
    );
    expect(replies.filter((reply) => reply === `200,gzip,${LARGE}` || reply === `200,br,${LARGE}`)).to.have.length(127);
    expect(await readPeak()).to.be.below(LIMIT + BESIDE);
  });
});
