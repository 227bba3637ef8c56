import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeploymentError } from '../../../../errors/deployment-error.ts';
import { EngineError } from '../../../../errors/engine-error.ts';
import type { LoadedModel } from '../../../../models/kinds/kind.ts';
import { onnx } from '../../../../models/kinds/onnx/onnx.ts';
import type { Scores } from '../../../../models/model.ts';
import { score } from '../../../../models/score-table.ts';
import { catchError, toClassifier, toSource } from '../../../support/deployment.ts';
import { writeOnnx, type FileOptions } from '../../../support/onnx-file.ts';
import { FAKE_RUNTIME, LOANS, toGraph } from '../../../support/onnx-models.ts';
import { setVariables } from '../../../support/set-variables.ts';
import { until } from '../../../support/until.ts';

const X = [{ name: 'x', type: 'double', nullable: true }];
/** Of a graph of one number per row. */
const REGRESSION = { output: { prediction: 'y' } };
const THREE = ['a', 'b', 'c'].map((name) => ({ name, type: 'double', nullable: true }));

/** The process of the runtime, which the operator Process returns. */
async function findProcess(scores: Promise<Scores>): Promise<number> {
  return (await scores).predictions[0] as number;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A process that loads a model, prints the number that it predicts for -1, and waits for the one for 1. */
function startProgram(bytes: Uint8Array) {
  const source = toSource({ kind: 'onnx', columns: X, settings: REGRESSION }, undefined);
  const text = `
    import { onnx } from ${JSON.stringify(new URL('../../../../models/kinds/onnx/onnx.ts', import.meta.url).href)};
    import { score } from ${JSON.stringify(new URL('../../../../models/score-table.ts', import.meta.url).href)};
    const file = ${JSON.stringify(source.file)};
    const readBytes = async () => Buffer.from('${Buffer.from(bytes).toString('base64')}', 'base64');
    const { model } = await onnx.load({ file, readBytes });
    const ask = (x) => score({ file, model }, { fields: ['x'], values: [[x]] });
    const { predictions } = await ask(-1);
    void ask(1);
    setImmediate(() => console.log(predictions[0]));
  `;
  const folder = mkdtempSync(join(tmpdir(), 'onnx-'));
  writeFileSync(join(folder, 'program.mjs'), text);
  const loader = new URL('../../../../scripts/register-typescript.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--import', loader, join(folder, 'program.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = once(child.stdout, 'data').then(([chunk]) => String(chunk).split('\n'));
  const end = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  return { lines, end };
}

describe('an ONNX model in service', () => {
  const loaded: LoadedModel[] = [];
  let restore: () => void;
  before(() => (restore = setVariables({ NODE_PATH: FAKE_RUNTIME })));
  after(() => restore());
  afterEach(() => {
    for (const { close } of loaded.splice(0)) close?.();
  });

  async function load(options: FileOptions | Uint8Array, keys: object) {
    const source = toSource({ kind: 'onnx', ...keys }, undefined);
    const bytes = options instanceof Uint8Array ? options : writeOnnx(options);
    const result = await onnx.load({ ...source, readBytes: () => Promise.resolve(bytes) });
    loaded.push(result);
    const fields = source.file.columns.map(({ name }) => name);
    return {
      ...result,
      score: (...values: unknown[][]): Promise<Scores> =>
        score({ file: source.file, model: result.model }, { fields, values }),
    };
  }

  const loadNumber = (operator: string, keys: object = {}) =>
    load(toGraph(operator), { columns: X, settings: { ...REGRESSION, timeout: 60_000 }, ...keys });

  async function findProblems(options: FileOptions | Uint8Array, keys: object): Promise<readonly string[]> {
    return (await catchError(DeploymentError, () => load(options, keys))).problems;
  }

  /** The tensors that the runtime was given: types, dimensions and values. */
  async function showFeeds(options: FileOptions, keys: object, ...values: unknown[][]): Promise<unknown> {
    const nodes = [{ operator: 'Describe', inputs: options.inputs.map(({ name }) => name), outputs: ['y'] }];
    const model = await load({ ...options, nodes }, { settings: REGRESSION, ...keys });
    const { cause } = await catchError(EngineError, () => model.score(...values));
    return JSON.parse((cause as Error).message.replace(/^Error: /, '')) as unknown;
  }

  it('whose probabilities leave through a ZipMap scores as by hand', async () => {
    const model = await load(LOANS, { columns: THREE, ...toClassifier(-1, 0, 5) });
    const { predictions, probabilities = [] } = await model.score([1, 2, 3], [0, 0, -1]);
    const powers = [0.25 - 1 + 3 + 0.5, -0.25 + 1 + 1.5, 0.25 - 6 + 0.25].map(Math.exp);
    const sum = powers.reduce((total, power) => total + power);
    expect(Array.from(predictions)).to.deep.equal([0, 2]);
    for (const [index, power] of powers.entries()) expect(probabilities[index]).to.be.closeTo(power / sum, 1e-7);
  });

  it('is given a matrix of columns, with NaN for a missing number, and what is imputed where the column says so', async () => {
    const graph = toGraph('Any', { columns: 3 });
    const columns = [...THREE.slice(0, 2), { ...THREE[2], impute: 7 }];
    expect(await showFeeds(graph, { columns }, [1, null, null], [0.1, -2, 3])).to.deep.equal([
      ['float32', [2, 3], ['1', 'NaN', '7', String(Math.fround(0.1)), '-2', '3']],
    ]);
  });

  it('is given a number as it is, whatever categories its column has', async () => {
    const columns = [{ name: 'x', type: 'double', categories: [10, 20] }];
    expect(await showFeeds(toGraph('Any'), { columns }, [20], [30])).to.deep.equal([['float32', [2, 1], ['20', '30']]]);
  });

  it('is given one input per column, of its type; a missing text is the empty one', async () => {
    const inputs = [
      { name: 'a', type: 'float64', shape: ['N', 1] },
      { name: 'b', type: 'int64', shape: ['N'] },
      { name: 'c', type: 'int32', shape: ['N', 1] },
      { name: 'd', type: 'string', shape: ['N', 1] },
      { name: 'e', type: 'bool', shape: ['N', 1] },
      { name: 'f', type: 'float32', shape: ['N', 2] },
    ] as const;
    const columns = [
      { name: 'a', type: 'double', nullable: true },
      { name: 'b', type: 'long' },
      { name: 'c', type: 'integer', nullable: true, impute: 9 },
      { name: 'd', type: 'string', nullable: true, categories: ['car', ' bike'] },
      { name: 'e', type: 'boolean' },
      { name: 'g', type: 'double' },
      { name: 'h', type: 'double' },
    ];
    const rows = [
      [0.1, 2 ** 40, null, ' car ', true, 1, 2],
      [null, -1, 5, ' bike', false, 3, 4],
      [1, 0, 0, null, false, 5, 6],
      [1, 0, 0, 'a ship', false, 7, 8],
    ];
    expect(await showFeeds({ ...toGraph('Any'), inputs }, { columns }, ...rows)).to.deep.equal([
      ['float64', [4, 1], ['0.1', 'NaN', '1', '1']],
      ['int64', [4], ['1099511627776', '-1', '0', '0']],
      ['int32', [4, 1], ['9', '5', '0', '0']],
      ['string', [4, 1], ['car', ' bike', '', 'a ship']],
      ['bool', [4, 1], ['1', '0', '0', '0']],
      ['float32', [4, 2], ['1', '2', '3', '4', '5', '6', '7', '8']],
    ]);
  });

  it('is given categories as the setting encoding says, over all inputs', async () => {
    const inputs = [
      { name: 'color', type: 'int64', shape: ['N'] },
      { name: 'rest', type: 'float32', shape: ['N', 3] },
    ] as const;
    const columns = [
      { name: 'size', type: 'double' },
      { name: 'color', type: 'string', categories: ['red', 'blue'] },
    ];
    const encoding = [
      { column: 'color', codes: [3, 1], unknown: 0 },
      { column: 'size' },
      { column: 'color', one_hot: true },
    ];
    const settings = { ...REGRESSION, encoding };
    expect(
      await showFeeds({ ...toGraph('Any'), inputs }, { columns, settings }, [7, 'blue'], [8, 'green']),
    ).to.deep.equal([
      ['int64', [2], ['1', '0']],
      ['float32', [2, 3], ['7', '0', '1', '8', '0', '0']],
    ]);
  });

  it('rejects a row with a fraction or a number out of range where it takes integers', async () => {
    for (const [type, cell] of [
      ['int64', 2.5],
      ['int32', 2 ** 31],
      ['int64', 2 ** 60],
    ] as const) {
      const graph = { ...toGraph('Count'), inputs: [{ name: 'x', type, shape: ['N', 1] }] };
      const model = await load(graph, { columns: [{ name: 'x', type: 'double' }], settings: REGRESSION });
      const { code, message } = await catchError(EngineError, () => model.score([1], [cell]));
      expect({ code, message }).to.deep.equal({
        code: 'invalid_value',
        message: 'values[1]: the model takes integers in feature 0.',
      });
    }
  });

  it('is run with at most 1024 rows at a time, or one where it takes one', async () => {
    const rows = Array.from({ length: 1500 }, () => [1]);
    const dynamic = Array.from((await (await loadNumber('Count')).score(...rows)).predictions);
    expect(dynamic).to.deep.equal([...Array<number>(1024).fill(1024), ...Array<number>(476).fill(476)]);
    const single = await load(toGraph('Count', { batch: 1 }), { columns: X, settings: REGRESSION });
    expect(Array.from((await single.score([1], [2], [3])).predictions)).to.deep.equal([1, 1, 1]);
  });

  it('leaves the event loop free while it is run, and fails after its time limit', async () => {
    const model = await load(toGraph('Hang'), { columns: X, settings: { ...REGRESSION, timeout: 1 } });
    const { code, cause } = await catchError(EngineError, () => model.score([1]));
    expect({ code, cause: (cause as Error).message }).to.deep.equal({
      code: 'model_failed',
      cause: 'the model did not answer within 1 ms',
    });
  });

  it('fails if the runtime crashes, and scores the next request in another process', async () => {
    const model = await loadNumber('Crash');
    const { code, cause } = await catchError(EngineError, () => model.score([1]));
    expect({ code, cause: (cause as Error).message.split('\n')[0] }).to.deep.equal({
      code: 'model_failed',
      cause: 'the process of the runtime died: SIGABRT',
    });
    expect(Array.from((await model.score([-1])).predictions)).to.deep.equal([-1]);
  });

  it('fails if the runtime takes more memory than it may, and scores the next request in another process', async () => {
    const model = await loadNumber('Grow', { settings: { ...REGRESSION, timeout: 600_000, memory: 1000 } });
    const { cause } = await catchError(EngineError, () => model.score([1]));
    expect((cause as Error).message).to.equal(
      'the process of the runtime died: SIGKILL\nthe model takes more than 1000 MB; settings.memory can allow it\n',
    );
    expect(Array.from((await model.score([-1])).predictions)).to.deep.equal([-1]);
  });

  it('fails if the runtime gives more numbers than the rows can have, before they are copied', async () => {
    const model = await loadNumber('Repeat');
    expect(Array.from((await model.score([1], [1])).predictions)).to.deep.equal([7, 7]);
    const { cause } = await catchError(EngineError, () => model.score([3], [3]));
    expect((cause as Error).message).to.equal(
      'Error: the output y has the dimensions 2 × 3, of which at most 2 values are expected',
    );
  });

  it('fails if the runtime gives longer texts than labels are, before they are copied', async () => {
    const graph = toGraph('LongText');
    const model = await load(
      {
        ...graph,
        outputs: [
          { name: 'y', type: 'string', shape: ['N'] },
          { name: 'p', type: 'float32', shape: ['N', 1] },
        ],
        nodes: [...graph.nodes, { operator: 'Sigmoid', inputs: ['x'], outputs: ['p'] }],
      },
      { columns: X, settings: { output: { labels: 'y', probabilities: 'p' } }, ...toClassifier('b', 'aaa') },
    );
    expect(Array.from((await model.score([3])).predictions)).to.deep.equal([1]);
    const { cause } = await catchError(EngineError, () => model.score([5000]));
    expect((cause as Error).message).to.equal(
      'Error: the output y has a text of more than 4096 characters, which is no label',
    );
  });

  it('repeats no more of an error than fits in a line of the log', async () => {
    const model = await loadNumber('Describe', {
      columns: [{ ...X[0], categories: Array.from({ length: 4000 }, (_, index) => index) }],
    });
    const rows = Array.from({ length: 1024 }, () => [12345.678]);
    const { cause } = await catchError(EngineError, () => model.score(...rows));
    expect((cause as Error).message).to.have.length(4096);
  });

  it('ends its process although it is in a run without end, when the engine is killed', async () => {
    const graph = toGraph('Process');
    const bytes = writeOnnx({
      ...graph,
      nodes: [...graph.nodes, { operator: 'Hang', inputs: ['x'], outputs: ['z'] }],
    });
    const engine = startProgram(bytes);
    try {
      const [pid] = await engine.lines;
      expect(isAlive(Number(pid))).to.equal(true);
      engine.end();
      await until('the process has ended', () => !isAlive(Number(pid)));
    } finally {
      engine.end();
    }
  });

  it('ends its process when it is closed, once what was asked is answered', async () => {
    const model = await loadNumber('Process');
    const answers = [model.score([1]), model.score([2])];
    model.close?.();
    const processes = await Promise.all(answers.map(findProcess));
    expect(new Set(processes)).to.have.property('size', 1);
    await until('the process has ended', () => !isAlive(processes[0] as number));
    const another = await findProcess(model.score([1]));
    expect(another).not.to.equal(processes[0]);
    await until('the process has ended', () => !isAlive(another));
  });

  it('may differ from its recorded example by what 32 bits leave', async () => {
    expect((await loadNumber('Count')).tolerance).to.equal(1e-5);
  });

  describe('is not served', () => {
    it('without a runtime, and the message says how to install one', async () => {
      const undo = setVariables({ NODE_PATH: undefined });
      try {
        expect(await findProblems(toGraph('Count'), { columns: X, settings: REGRESSION })).to.deep.equal([
          'model.onnx: ONNX models need one more package: npm install onnxruntime-node, or npm install onnxruntime-web where the former has no build',
        ]);
      } finally {
        undo();
      }
    });

    it('if the runtime rejects it', async () => {
      expect(await findProblems(toGraph('Unheard'), { columns: X, settings: REGRESSION })).to.deep.equal([
        'model.onnx: expected a model that onnxruntime accepts; the log shows what it says',
      ]);
    });

    it('if its file cannot be read, naming the place', async () => {
      const problems = await findProblems(toGraph('Count', { batch: 8 }), { columns: X, settings: REGRESSION });
      expect(problems).to.have.length(1);
      expect(problems[0]).to.contain('model.onnx.graph.input[0] ("x"): expected any number of rows, or 1, not 8');
    });

    const label = { name: 'target', type: 'string', classes: ['a', 'b', 'c'] };
    const colored = { name: 'color', type: 'string', categories: ['red'] };
    const texts = { ...toGraph('Count'), inputs: [{ name: 'color', type: 'string', shape: ['N', 1] }] } as const;
    const labeled: FileOptions = {
      ...LOANS,
      outputs: [
        { name: 'label', type: 'int64', shape: ['N'] },
        { name: 'probabilities', type: 'float32', shape: ['N', 3] },
      ],
      nodes: LOANS.nodes.slice(0, 1),
    };
    const unnamed: FileOptions = {
      ...toGraph('Count'),
      outputs: [
        { name: 'label', type: 'string', shape: ['N'] },
        { name: 'y', type: 'float32', shape: ['N', 2] },
      ],
      nodes: [{ operator: 'Count', inputs: ['x'], outputs: ['y', 'label'] }],
    };
    const whole = { ...toGraph('Count'), inputs: [{ name: 'x', type: 'int64', shape: ['N', 1] }] } as const;
    for (const [where, options, keys, expected] of [
      [
        'another problem type',
        toGraph('Count'),
        { columns: X, ...toClassifier('a', 'b') },
        'problem_type: expected "regression"',
      ],
      [
        'other classes',
        LOANS,
        { columns: THREE, ...toClassifier(-1, 0, 6) },
        'label.classes: expected the classes of model.onnx, in its order',
      ],
      [
        'classes that are no labels of the graph',
        labeled,
        { columns: THREE, settings: {}, problem_type: 'multiclass', label },
        'label.classes: expected the classes of model.onnx, in its order',
      ],
      [
        'integers where the labels of the graph are texts',
        unnamed,
        { columns: X, settings: {}, ...toClassifier(0, 1) },
        'label.classes: expected texts, as the labels of model.onnx are',
      ],
      [
        'fewer columns',
        LOANS,
        { columns: X, ...toClassifier(-1, 0, 5) },
        'columns: expected 3, as many as model.onnx takes, not 1',
      ],
      ['a text for a number', toGraph('Count'), { columns: [colored] }, 'columns[0].type: expected a number'],
      ['a number for a text', texts, { columns: X }, 'columns[0].type: expected string'],
      ['a missing cell for an integer', whole, { columns: X }, 'columns[0].impute: expected a value'],
      [
        'an encoding for texts',
        texts,
        { columns: [colored], settings: { ...REGRESSION, encoding: [{ column: 'color' }] } },
        'settings.encoding: expected none',
      ],
      [
        'an encoding of another width',
        toGraph('Count'),
        { columns: X, settings: { ...REGRESSION, encoding: [{ column: 'x' }, { column: 'x' }] } },
        'settings.encoding: expected 1 encoded features, as model.onnx has, not 2',
      ],
    ] as const) {
      it(`with ${where}`, async () => {
        const settings = options === LOANS ? {} : REGRESSION;
        const problems = await findProblems(options, { settings, ...keys });
        expect(problems).to.have.length(1);
        expect(problems[0]).to.contain(`deployment.json.${expected}`);
      });
    }

    it('with columns in another order than the inputs that have their names', async () => {
      const inputs = ['a', 'b'].map((name) => ({ name, type: 'float32' as const, shape: ['N', 1] }));
      const columns = [...THREE.slice(0, 2)].reverse();
      expect(await findProblems({ ...toGraph('Count'), inputs }, { columns, settings: REGRESSION })).to.deep.equal([
        'deployment.json.columns[0].name: expected the columns in the order of the inputs of model.onnx',
        'deployment.json.columns[1].name: expected the columns in the order of the inputs of model.onnx',
      ]);
    });
  });
});
