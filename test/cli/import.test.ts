import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkEngine } from '../../conformance/check-engine.ts';
import { selectChecks } from '../../conformance/select-checks.ts';
import { toBoostedModel } from '../support/boosted-model.ts';
import { startTestEngine } from '../support/engine.ts';
import { Run } from '../support/run.ts';
import { withFolder } from '../support/training.ts';

const ROWS = 'amount,purpose,risk\n500,car,good\n2000,car,bad\n3000,rent,bad\n,rent,good\n';

describe('custom-ml-engine import', () => {
  const withModel = (test: (folder: string) => Promise<void>) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'model.bin'), toBoostedModel({ categories: ['car', 'rent'] }));
      await writeFile(join(folder, 'rows.csv'), ROWS);
      await test(folder);
    });
  const importModel = (folder: string, ...args: readonly string[]) => {
    const fixed = ['--id', 'credit', '--rows', join(folder, 'rows.csv'), '--out', join(folder, 'out')];
    return new Run(['import', join(folder, 'model.bin'), ...fixed, ...args]).end();
  };

  it('makes a deployment from a model file, which an engine serves and check passes', () =>
    withModel(async (folder) => {
      await writeFile(join(folder, 'scores.csv'), 'prediction\ngood\nbad\nbad\ngood\n');
      const args = ['--label', 'risk', '--labels', 'good,bad', '--scores', join(folder, 'scores.csv')];
      const { code, stdout, stderr } = await importModel(folder, ...args);
      expect(stderr).to.match(/^XGBoost 3\.2\.0, JSON\n {2}problem type +binary\n/);
      expect(stderr).to.match(/\n {2}features +2, 1 with categories\n {2}classes +2, not named in the file\n$/);
      expect(stdout).to.contain('4 of 4 rows equal --scores exactly.');
      expect(stdout).to.contain('  npx custom-ml-engine serve --deployments ');
      expect(code).to.equal(0);
      const credentials = { kind: 'basic', username: 'openscale', password: 'canary' } as const;
      const engine = await startTestEngine({
        ENGINE_DEPLOYMENTS: join(folder, 'out'),
        ENGINE_USERNAME: credentials.username,
        ENGINE_PASSWORD: credentials.password,
      });
      try {
        const options = { credentials, maxRows: 5000, timeout: 10_000, level: 'recommended', insecure: false } as const;
        const report = await checkEngine({ base: new URL(engine.url), checks: selectChecks({}), ...options });
        const failed = report.results.filter(({ verdict }) => verdict === 'failed').map(({ id }) => id);
        expect([report.conclusion, failed]).to.deep.equal(['conforms', []]);
      } finally {
        await engine.stop();
      }
    }));

  it('says that scores are not proven, and prints JSON', () =>
    withModel(async (folder) => {
      const labels = ['--labels', 'good,bad'];
      expect((await importModel(folder, ...labels)).stdout).to.contain('The scores are not proven: ');
      const { stdout } = await importModel(folder, ...labels, '--force', '--json');
      expect(JSON.parse(stdout)).to.deep.include({ kind: 'xgboost', problem_type: 'binary', comparisons: [] });
    }));

  it('reads classes as numbers only if nothing is lost', () =>
    withModel(async (folder) => {
      for (const [text, classes] of [
        ['0,1.5', [0, 1.5]],
        ['01,02', ['01', '02']],
        ['["0", "1"]', ['0', '1']],
      ] as const) {
        const { stdout } = await importModel(folder, '--labels', text, '--force', '--json');
        expect((JSON.parse(stdout) as { label: { classes: unknown } }).label.classes).to.deep.equal(classes);
      }
    }));

  it('exits with 1 and says which rows differ', () =>
    withModel(async (folder) => {
      await writeFile(join(folder, 'scores.csv'), 'prediction\nbad\nbad\nbad\ngood\n');
      const { code, stdout, stderr } = await importModel(
        folder,
        '--labels',
        'good,bad',
        '--scores',
        join(folder, 'scores.csv'),
      );
      expect([code, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.contain(
        '1 of 4 rows have other scores than in --scores. Nothing was written.\n  row 1, prediction: expected bad, actual good\n',
      );
    }));

  it('exits with 1 and the problems of a file that cannot be served', () =>
    withModel(async (folder) => {
      await writeFile(join(folder, 'model.bin'), toBoostedModel({ objective: 'made:up' }));
      const { code, stderr } = await importModel(folder);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^model\.bin\.learner\.objective\.name: /);
      expect(stderr).not.to.contain('    at ');
    }));
});
