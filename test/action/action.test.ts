/** The GitHub Action: this test plays the runner's part, with the steps of action.yml and the environment of a runner. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { ENVIRONMENT } from '../support/run.ts';

interface Action {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly id?: string;
      readonly shell: string;
      readonly run: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

interface Done {
  readonly code: number;
  readonly text: string;
  readonly outputs: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PASSWORD = ' pass "$(word)` 8675309';

describe('the action', function () {
  // The first run may have to build.
  this.timeout(120_000);
  let engine: TestEngine;
  let workspace: string;
  before(async () => {
    engine = await startTestEngine({ ENGINE_USERNAME: 'runner', ENGINE_PASSWORD: PASSWORD });
    workspace = await mkdtemp(join(tmpdir(), 'work space-'));
  });
  after(async () => {
    await engine.stop();
    await rm(workspace, { recursive: true });
  });

  /** Runs the steps of the action one after the other, as a runner does; stops at the first that fails. */
  const runAction = async (given: Readonly<Record<string, string>>): Promise<Done> => {
    const action = load(await readFile(join(ROOT, 'action.yml'), 'utf8')) as Action;
    expect(Object.keys(action.inputs)).to.include.members(Object.keys(given));
    const outputFile = join(workspace, 'outputs');
    await writeFile(outputFile, '');
    const evaluate = (text: string, values: Readonly<Record<string, string>>) =>
      text.replace(/\$\{\{ (\S+) \}\}/g, (_, name: string) => values[name] ?? '');
    const inputs = Object.fromEntries(
      Object.entries(action.inputs).map(([name, input]) => [`inputs.${name}`, given[name] ?? input.default ?? '']),
    );
    let [code, text] = [0, ''];
    const stepOutputs: Record<string, string> = {};
    for (const step of action.runs.steps) {
      expect([action.runs.using, step.shell]).to.deep.equal(['composite', 'bash']);
      // An expression in a script would be run as a part of it.
      expect(step.run).to.not.contain('${{');
      const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluate(value, inputs)]);
      const runner = { GITHUB_ACTION_PATH: ROOT, GITHUB_OUTPUT: outputFile };
      const env: NodeJS.ProcessEnv = { ...ENVIRONMENT, ...(Object.fromEntries(own) as typeof runner), ...runner };
      const options = { cwd: workspace, env };
      [code, text] = await new Promise<[number, string]>((resolve) =>
        execFile('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], options, (error, out, err) =>
          resolve([error ? Number(error.code) : 0, `${text}${out}${err}`]),
        ),
      );
      for (const line of (await readFile(outputFile, 'utf8')).split('\n').filter(Boolean)) {
        const [name, value] = line.split(/=(.*)/s);
        stepOutputs[`steps.${step.id}.outputs.${name}`] = value as string;
      }
      if (code !== 0) break;
    }
    const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, evaluate(value, stepOutputs)]);
    return { code, text, outputs: Object.fromEntries(outputs) as Done['outputs'] };
  };

  it('checks an engine, and leaves the JUnit report and its outputs', async () => {
    const credentials = { username: 'runner', password: PASSWORD };
    const done = await runAction({ url: engine.url, ...credentials, deployment: 'iris\npenguins', output: 'a b.xml' });
    expect([done.code, done.outputs], done.text).to.deep.equal([0, { conclusion: 'conforms', report: 'a b.xml' }]);
    const report = await readFile(join(workspace, 'a b.xml'), 'utf8');
    expect(report)
      .to.match(/^<\?xml/)
      .and.to.contain('<testsuite');
    expect(done.text).to.contain('2 deployments scored').and.not.to.contain('8675309');
  });

  it('fails if the engine does not conform, and leaves the report', async () => {
    const done = await runAction({ url: engine.url });
    expect(done.code, done.text).to.equal(1);
    expect(done.outputs).to.deep.equal({ conclusion: 'does-not-conform', report: 'conformance.xml' });
    expect(await readFile(join(workspace, 'conformance.xml'), 'utf8')).to.contain('<failure');
  });

  it('fails without a conclusion if it cannot check', async () => {
    const done = await runAction({ url: engine.url, rows: '$(touch run).csv', username: 'runner', password: PASSWORD });
    expect(done.code, done.text).to.equal(2);
    expect(done.outputs).to.deep.equal({ conclusion: '', report: '' });
    const invalid = await runAction({ url: 'not a URL' });
    expect([invalid.code, invalid.text.trim()]).to.deep.equal([
      2,
      'Expected an http or https URL without credentials, query or fragment.',
    ]);
  });
});
