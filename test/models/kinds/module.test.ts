import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { EngineError } from '../../../errors/engine-error.ts';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { loadDeployment } from '../../../catalogue/load-deployment.ts';
import { score } from '../../../models/score-table.ts';
import type { Deployment } from '../../../models/deployment.ts';
import { catchError } from '../../support/deployment.ts';
import { FIXTURES, makeDeploymentsFolder } from '../../support/engine.ts';

describe('a module', () => {
  let temporary: Awaited<ReturnType<typeof makeDeploymentsFolder>>;
  const load = (id: string, allowModules = true) => loadDeployment(join(temporary.folder, id), { allowModules });
  const listProblems = async (id: string, allowModules = true) =>
    (await catchError(DeploymentError, () => load(id, allowModules))).problems;

  beforeEach(async () => {
    temporary = await makeDeploymentsFolder(FIXTURES, ['misbehaving', 'sum', 'coin']);
  });
  afterEach(() => temporary.remove());

  it('gets the columns of the deployment, in order, with nulls kept', async () => {
    const { predictions } = await score(await load('sum'), { fields: ['z', 'b', 'a'], values: [['-', null, 2.5]] }, '');
    expect(predictions[0]).to.equal(2.5);
  });

  it('is neither loaded nor run where modules are not allowed', async () => {
    const mark = join(temporary.folder, 'mark');
    await writeFile(
      join(temporary.folder, 'sum', 'score.mjs'),
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(mark)}, ''); export default () => 0;`,
    );
    expect(await listProblems('sum', false)).to.deep.equal([
      'deployment.json.kind: modules run code and are not allowed here; ENGINE_ALLOW_MODULES=true allows them',
    ]);
    expect((await catchError(Error, () => readFile(mark))).message).to.include('ENOENT');
  });

  for (const file of [
    '../score.mjs',
    '..',
    'a/score.mjs',
    'a\\score.mjs',
    '/score.mjs',
    '.mjs',
    'score.ts',
    'score.mjs\n',
    '',
  ]) {
    it(`is not loaded from ${JSON.stringify(file)}`, async () => {
      await edit('sum', (json) => (json.settings = { file }));
      expect(await listProblems('sum')).to.deep.equal([
        'deployment.json.settings.file: expected the name of a .js or .mjs file in the folder',
      ]);
    });
  }

  it('is loaded from the file that the settings name', async () => {
    await writeFile(
      join(temporary.folder, 'sum', 'my-model.v2.js'),
      await readFile(join(FIXTURES, 'sum', 'score.mjs')),
    );
    await edit('sum', (json) => (json.settings = { file: 'my-model.v2.js' }));
    await load('sum');
  });

  it('is loaded again after its file has changed', async () => {
    const before = await load('sum');
    await writeFile(
      join(temporary.folder, 'sum', 'score.mjs'),
      'export default ({ values }) => ({ predictions: values.map(() => 7) });',
    );
    await edit('sum', ({ example }) => (example.answer.predictions = [7, 7]));
    const after = await load('sum');
    const request = { fields: ['a', 'b'], values: [[1, 1]] };
    expect((await score(before, request, '')).predictions[0]).to.equal(2);
    expect((await score(after, request, '')).predictions[0]).to.equal(7);
  });

  for (const [fault, text, expected] of [
    ['does not parse', 'export default (', 'a JavaScript module that can be imported'],
    ['throws', 'throw undefined;', 'a JavaScript module that can be imported'],
    ['exports no default', 'export const score = () => 0;', 'a function as the default export'],
    ['exports no function', 'export default 7;', 'a function as the default export'],
  ] as const) {
    it(`is rejected if its file ${fault}`, async () => {
      await writeFile(join(temporary.folder, 'sum', 'score.mjs'), text);
      expect(await listProblems('sum')).to.deep.equal([`score.mjs: expected ${expected}`]);
    });
  }

  it('has no probabilities if it answers with classes', async () => {
    await writeFile(
      join(temporary.folder, 'coin', 'score.mjs'),
      "export default ({ values }) => ({ predictions: values.map(([x]) => (x > 0.5 ? 'tails' : 'heads')) });",
    );
    await edit('coin', ({ example: { answer } }) => delete answer.probabilities);
    const deployment = await load('coin');
    expect(deployment.hasProbabilities).to.equal(false);
    expect(await score(deployment, { fields: ['x'], values: [[0.75], [0]] }, '')).to.deep.equal({
      predictions: [1, 0],
    });
  });

  for (const answer of ['{ predictions: ["7", "7"] }', '{ probabilities: [[1], [1]] }', '{ predictions: [NaN, 1] }']) {
    it(`cannot answer ${answer} in a regression`, async () => {
      await writeFile(join(temporary.folder, 'sum', 'score.mjs'), `export default () => (${answer});`);
      const problems = await listProblems('sum');
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(/^deployment\.json\.example: The model of this deployment /);
    });
  }

  describe('that misbehaves', () => {
    const failed = 'The model of this deployment failed to score the request.';
    const invalid = 'The model of this deployment returned an invalid answer.';
    let deployment: Deployment;
    const scoreAs = (mode: string) =>
      score(
        deployment,
        {
          fields: ['mode', 'x'],
          values: [
            [mode, 0.25],
            [mode, 0.75],
          ],
        },
        '',
      );

    beforeEach(async () => {
      deployment = await load('misbehaving');
    });

    it('is awaited if it answers asynchronously', async () => {
      expect(await scoreAs('slow')).to.deep.equal(await scoreAs('well'));
    });

    it('fails after its time limit', async () => {
      await edit('misbehaving', (json) => (json.settings = { ...json.settings, timeout: 3000 }));
      deployment = await load('misbehaving');
      const error = await catchError(EngineError, () => scoreAs('never'));
      expect(error).to.deep.include({ code: 'model_failed', message: failed });
      expect((error.cause as Error).message).to.equal('the module did not answer within 3000 ms');
    });

    it('leaves no timers behind when it answers in time', async () => {
      const countTimers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
      const before = countTimers();
      for (let call = 0; call < 50; call++) await scoreAs('well');
      // Other timers of the process come and go; one per call would stay.
      expect(countTimers()).to.be.below(before + 25);
    });

    for (const [mode, message, cause] of [
      ['throw', failed, 'secret of the module'],
      ['throw nothing', failed, undefined],
      ['nothing', failed, 'the module returned neither {probabilities: [[…]]} nor {predictions: […]}'],
      ['NaN', failed, 'the module returned neither {probabilities: [[…]]} nor {predictions: […]}'],
      [
        'narrow',
        failed,
        'the module returned probability vectors that do not have one value for each of the 2 classes',
      ],
      ['too few', invalid, '1 predictions for 2 rows'],
      ['too many', invalid, '3 predictions for 2 rows'],
      ['sum', invalid, 'the probabilities of row 0 do not sum to 1'],
      ['negative', invalid, 'a probability of row 0 is not between 0 and 1'],
      ['no class', invalid, 'the prediction of row 0 is not one of the 2 classes'],
    ] as const) {
      it(`fails, and tells only the log why: ${mode}`, async () => {
        const error = await catchError(EngineError, () => scoreAs(mode));
        expect(error).to.deep.include({ code: 'model_failed', message });
        expect((error.cause as Error | undefined)?.message).to.equal(cause);
      });
    }
  });

  async function edit(id: string, change: (json: EditableJson) => void): Promise<void> {
    const path = join(temporary.folder, id, 'deployment.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as EditableJson;
    change(json);
    await writeFile(path, JSON.stringify(json));
  }
});

interface EditableJson {
  settings?: object;
  readonly example: { readonly answer: { predictions: unknown[]; probabilities?: unknown } };
}
