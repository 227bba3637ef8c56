import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { FIXTURES, makeDeploymentsFolder, SAMPLES, startTestEngine, type LogLine } from '../../support/engine.ts';

describe('the log of deployments', () => {
  let folder: string;
  let remove: () => Promise<void>;

  beforeEach(async () => {
    ({ folder, remove } = await makeDeploymentsFolder(SAMPLES, ['iris']));
  });
  afterEach(() => remove());

  /** The lines of an engine that starts and stops again, and what /health/ready answers. */
  async function start(): Promise<{ log: readonly LogLine[]; status: number; body: { broken: unknown } }> {
    const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder, ENGINE_ALLOW_MODULES: 'true' });
    try {
      const { status, body } = await engine.request('/health/ready');
      return { log: engine.log, status, body };
    } finally {
      await engine.stop();
    }
  }

  /** The cause in the line of a module whose score.mjs has this text. */
  async function findCause(score: string, files: Readonly<Record<string, string>> = {}): Promise<unknown> {
    await cp(join(FIXTURES, 'misbehaving'), join(folder, 'misbehaving'), { recursive: true });
    for (const [name, text] of Object.entries({ 'score.mjs': score, ...files }))
      await writeFile(join(folder, 'misbehaving', name), text);
    const { log } = await start();
    const line = log.find(({ msg }) => msg === 'deployment invalid');
    expect(line).to.deep.include({ level: 'error', deployment: 'misbehaving', served: false });
    return line?.['cause'];
  }

  it('has every cause of a module that throws while its example is scored', async () => {
    expect(
      await findCause('export default () => { throw new Error("outer", { cause: new Error("root") }); }'),
    ).to.match(/caused by: Error: outer\n +at .*score\.mjs[^]*\ncaused by: Error: root\n +at .*score\.mjs/);
  });

  it('has what is wrong with the answer of a module', async () => {
    expect(await findCause('export default () => ({ predictions: ["maybe"] })')).to.include(
      'caused by: Error: the prediction of row 0 is not one of the 2 classes',
    );
  });

  it('has every cause of a module that throws while it is imported', async () => {
    expect(await findCause('throw new Error("outer", { cause: new Error("root") });')).to.match(
      /^Error: outer\n +at .*score\.mjs[^]*\ncaused by: Error: root\n +at .*score\.mjs/,
    );
  });

  for (const [fault, score, cause] of [
    ['does not parse', 'export default (', /^SyntaxError: Unexpected end of input\n/],
    ['imports a file that is missing', 'import "./missing.mjs";', /Cannot find module .*missing\./],
    ['imports a package that is missing', 'import "no-such-package-8675309";', /Cannot find package/],
    ['imports a file that throws', 'import "./part.mjs";', /^Error: of the part\n +at .*part\.mjs/],
    [
      'imports what a file does not export',
      'import { no } from "./part.mjs";',
      /does not provide an export named 'no'/,
    ],
    ['throws undefined', 'throw undefined;', /^a thrown undefined$/],
    ['throws a text', 'throw "the disk is full";', /^a thrown string: the disk is full$/],
  ] as const) {
    it(`has the cause of a module that ${fault}`, async () => {
      expect(await findCause(score, { 'part.mjs': 'throw new Error("of the part");' })).to.match(cause);
    });
  }

  it('has the answer of a model that does not reproduce its example, as it must be recorded', async () => {
    const path = join(folder, 'iris', 'deployment.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as { example: { answer?: unknown } };
    const { answer } = json.example;
    delete json.example.answer;
    await writeFile(path, JSON.stringify(json));
    const { log } = await start();
    const line = log.find(({ msg }) => msg === 'deployment invalid');
    expect(line?.['answer']).to.deep.equal(answer);
  });

  it('has one line for a folder that is not a deployment, which the engine is ready without', async () => {
    await mkdir(join(folder, 'lost+found'));
    await mkdir(join(folder, '..data'));
    const { log, status, body } = await start();
    expect([status, body.broken]).to.deep.equal([200, []]);
    const lines = log.filter(({ msg }) => msg === 'folder ignored');
    expect(lines.map(({ level, folder: name, reason }) => [level, name, reason])).to.deep.equal([
      ['info', 'lost+found', 'no deployment.json'],
    ]);
    expect(log.filter(({ level }) => level !== 'info' && level !== 'debug')).to.deep.equal([]);
  });
});
