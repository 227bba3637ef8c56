import { expect } from 'chai';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listVersions } from '../../catalogue/versions.ts';
import { writeDeployment } from '../../catalogue/write-deployment.ts';
import { writeLine } from '../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES, startTestEngine } from '../support/engine.ts';
import { Run } from '../support/run.ts';
import { until } from '../support/until.ts';

describe('custom-ml-engine versions and rollback', () => {
  let temporary: Awaited<ReturnType<typeof makeDeploymentsFolder>>;
  let out: string;
  beforeEach(async () => {
    temporary = await makeDeploymentsFolder(SAMPLES, []);
    out = temporary.folder;
    for (const version of [1, 2]) await put(version);
  });
  afterEach(() => temporary.remove());

  const put = (version: number) =>
    writeDeployment({ out, id: 'line', force: true }, (draft) => writeLine(draft, 'line', version));
  const run = (...args: string[]) => new Run([...args, '--deployments', out]).end();

  it('list the versions, and bring the one back that was replaced last', async () => {
    const [current, last] = (await listVersions(out, 'line')).map(({ version }) => version);
    const listed = await run('versions', 'line');
    expect(listed.code).to.equal(0);
    expect(listed.stdout.split('\n')).to.satisfy(([head, first, second]: string[]) => {
      expect(head).to.match(/^version +kind +modified +replaced$/);
      expect(first).to.match(new RegExp(`^${current}  linear-regression  2026-11-23T00:00:00.000Z  \\(current\\)$`));
      expect(second).to.match(new RegExp(`^${last}  linear-regression  2026-11-23T00:00:00.000Z  2\\d{3}-.*Z$`));
      return true;
    });
    expect(listed.stdout).to.include('replaced last: npx custom-ml-engine rollback line\n');

    const back = await run('rollback', 'line');
    expect([back.code, back.stderr]).to.deep.equal([0, '']);
    expect(back.stdout).to.equal(
      `line is version ${last} again; it was ${current}.\nUndo: npx custom-ml-engine rollback line ${current}\n`,
    );
    expect((await listVersions(out, 'line'))[0]?.version).to.equal(last);
  });

  it('print JSON', async () => {
    const [current, last] = (await listVersions(out, 'line')).map(({ version }) => version);
    const listed = JSON.parse((await run('versions', 'line', '--json')).stdout) as Record<string, unknown>[];
    expect(listed.map(({ version, current: isCurrent }) => [version, isCurrent])).to.deep.equal([
      [current, true],
      [last, false],
    ]);
    expect(listed[1]).to.include.keys('kind', 'modified_at', 'replaced_at');
    await rm(join(out, 'line'), { recursive: true });
    const back = await run('rollback', 'line', String(last).slice(0, 5), '--keep', '0', '--json');
    expect(JSON.parse(back.stdout)).to.deep.equal({ version: last });
    expect(await listVersions(out, 'line')).to.have.length(1);
  });

  it('reject a version that cannot be one', async () => {
    for (const version of ['../line', 'XYZ', '0123456789abc']) {
      const { code, stderr } = await run('rollback', 'line', version);
      expect(code).to.equal(2);
      expect(stderr).to.match(/argument 'version' is invalid\. Expected a version/);
    }
  });

  it('let a running engine lose no request, whose replies say which version has scored', async () => {
    const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: out });
    try {
      const [newer = '', older = ''] = (await listVersions(out, 'line')).map(({ version }) => version);
      const answers = new Map([
        [newer, 3],
        [older, 2],
      ]);
      const seen = new Set<string>();
      let isOver = false as boolean;
      const call = async () => {
        while (!isOver) {
          const { status, body, headers } = await engine.score('line', { fields: ['x'], values: [[1]] });
          const version = headers.get('x-deployment-version') ?? '';
          expect([status, body.values]).to.deep.equal([200, [[1, answers.get(version)]]]);
          seen.add(version);
        }
      };
      const calls = Promise.all([call(), call(), call()]);
      for (const expected of [older, newer, older]) {
        seen.clear();
        expect((await run('rollback', 'line')).code).to.equal(0);
        await Promise.race([calls, until(`version ${expected} scores`, () => seen.has(expected))]);
      }
      isOver = true;
      await calls;
      const { body } = await engine.request('/v1/deployments/line');
      expect(body.metadata).to.include({ version: older });
      expect(engine.log.filter(({ msg }) => msg === 'deployment served').map(({ version }) => version)).to.deep.equal([
        newer,
        older,
        newer,
        older,
      ]);
    } finally {
      await engine.stop();
    }
  });
});
