/** Files in ONNX format that are made to harm whoever runs them; attack-onnx.ts loads each as a deployment. */
import {
  field,
  integer,
  join,
  text,
  writeConstant,
  writeGraph,
  writeOnnx,
  type FileOptions,
} from '../support/onnx-file.ts';
import { toGraph } from '../support/onnx-models.ts';

/** A hostile file, and the columns that its deployment has. */
export interface HostileFile {
  readonly bytes: Uint8Array;
  /** By default one number, `x`. */
  readonly columns?: readonly object[];
  /** By default those of a regression. */
  readonly keys?: object;
  /** The cells of the example; by default 1. */
  readonly row?: readonly unknown[];
  /** What the message must say. */
  readonly refusal: RegExp;
}

const INT64_MAX = 2n ** 63n - 1n;
const boolean = (name: string, value: boolean) =>
  join([integer(1, 0), integer(2, 9), text(8, name), field(9, Uint8Array.of(Number(value)))].slice(1));
const int64 = (name: string, dims: readonly number[], values: readonly bigint[]) =>
  join([
    ...dims.map((size) => integer(1, size)),
    integer(2, 7),
    text(8, name),
    field(9, new Uint8Array(BigInt64Array.from(values).buffer)),
  ]);
/** A tensor of floats that declares its dimensions and has other data. */
const floats = (name: string, dims: readonly number[], count: number) =>
  join([...dims.map((size) => integer(1, size)), integer(2, 1), text(8, name), field(9, new Uint8Array(4 * count))]);
/** An attribute with a graph. */
const body = (name: string, graph: Uint8Array) => field(5, join([text(1, name), field(6, graph), integer(20, 5)]));
const graph = (options: Partial<FileOptions>) => writeOnnx({ ...toGraph('Identity'), ...options });
const x = { name: 'x', type: 'float32', shape: ['N', 1] } as const;
const y = { name: 'y', type: 'float32', shape: ['N', 1] } as const;
/** An output whose shape the file does not say. */
const anything = { name: 'y', type: 'float32' } as const;

const RUNTIME = /expected a model that onnxruntime accepts/;
const SCORES = /deployment\.json\.example/;

/** The hostile files by name. */
export const HOSTILE_FILES: Readonly<Record<string, () => HostileFile>> = {
  'a million nodes': () => ({ bytes: graph({ nodes: chain(1_000_000) }), refusal: /expected at most 100000 parts/ }),
  'a constant that declares a terabyte': () => ({
    bytes: graph({ nodes: [add('w')], graph: [field(5, floats('w', [2 ** 38], 1))] }),
    refusal: RUNTIME,
  }),
  'a constant with negative dimensions': () => ({
    bytes: graph({ nodes: [add('w')], graph: [field(5, floats('w', [-4, -1], 4))] }),
    refusal: RUNTIME,
  }),
  'a constant whose size overflows': () => ({
    bytes: graph({ nodes: [add('w')], graph: [field(5, floats('w', [2 ** 33, 2 ** 33], 1))] }),
    refusal: RUNTIME,
  }),
  'weights in /etc/passwd': () => ({
    bytes: graph({
      nodes: [add('w')],
      graph: [
        field(
          5,
          join([
            integer(1, 1),
            integer(2, 1),
            text(8, 'w'),
            field(13, join([text(1, 'location'), text(2, '../../../../../../etc/passwd')])),
            integer(14, 1),
          ]),
        ),
      ],
    }),
    refusal: /expected all weights in the file/,
  }),
  'a loop without end': () => ({ bytes: loop('x'), refusal: SCORES }),
  'a loop without end over constants': () => ({ bytes: loop('w'), refusal: SCORES }),
  'an operator of its own': () => ({
    bytes: graph({
      nodes: [{ operator: 'Evil', domain: 'com.example', inputs: ['x'], outputs: ['y'] }],
      model: [field(8, join([text(1, 'com.example'), integer(2, 1)]))],
    }),
    refusal: RUNTIME,
  }),
  'columns whose number is not fixed': () => ({
    bytes: graph({ inputs: [{ ...x, shape: ['N', 'M'] }] }),
    refusal: /expected a fixed number of columns/,
  }),
  'twice as many outputs as rows': () => ({
    bytes: graph({
      outputs: [anything],
      nodes: [{ operator: 'Concat', inputs: ['x', 'x'], outputs: ['y'], attributes: { axis: 0 } }],
    }),
    refusal: SCORES,
  }),
  'no outputs for a row': () => ({
    bytes: graph({
      outputs: [anything],
      graph: [field(5, int64('zero', [1], [0n])), field(5, int64('one', [1], [0n]))],
      nodes: [{ operator: 'Slice', inputs: ['x', 'zero', 'one'], outputs: ['y'] }],
    }),
    refusal: SCORES,
  }),
  'a score that is NaN': () => ({
    bytes: graph({ nodes: [{ operator: 'Log', inputs: ['x'], outputs: ['y'] }] }),
    row: [-1],
    refusal: SCORES,
  }),
  'a score that is infinite': () => ({
    bytes: graph({ nodes: [{ operator: 'Log', inputs: ['x'], outputs: ['y'] }] }),
    row: [0],
    refusal: SCORES,
  }),
  'texts where numbers are declared': () => ({
    bytes: graph({
      inputs: [{ ...x, type: 'string' }],
      nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
    }),
    columns: [{ name: 'x', type: 'string' }],
    row: ['1'],
    refusal: RUNTIME,
  }),
  'an input of texts for a column of numbers': () => ({
    bytes: graph({ inputs: [{ ...x, type: 'string' }] }),
    refusal: RUNTIME,
  }),
  'ten million declared columns of output': () => ({
    bytes: graph({ outputs: [{ ...y, shape: ['N', 10_000_000] }] }),
    refusal: /expected an output with one value per row/,
  }),
  'a hundred million undeclared columns of output': () => ({
    bytes: graph({
      outputs: [anything],
      graph: [field(5, int64('shape', [2], [1n, 100_000_000n]))],
      nodes: [{ operator: 'Expand', inputs: ['x', 'shape'], outputs: ['y'] }],
    }),
    refusal: SCORES,
  }),
  'texts of a gigabyte': () => ({
    bytes: graph({
      inputs: [
        { name: 't0', type: 'string', shape: ['N', 1] },
        { name: 'x', type: 'float32', shape: ['N', 2] },
      ],
      outputs: [
        { name: 'y', type: 'string', shape: ['N', 1] },
        { name: 'p', type: 'float32', shape: ['N', 2] },
      ],
      nodes: [
        { operator: 'Softmax', inputs: ['x'], outputs: ['p'] },
        ...Array.from({ length: 28 }, (_, index) => ({
          operator: 'StringConcat',
          inputs: [`t${index}`, `t${index}`],
          outputs: [index === 27 ? 'y' : `t${index + 1}`],
        })),
      ],
    }),
    columns: [
      { name: 't0', type: 'string' },
      { name: 'a', type: 'double' },
      { name: 'b', type: 'double' },
    ],
    row: ['abcd', 1, 2],
    keys: {
      settings: { output: { labels: 'y', probabilities: 'p' } },
      problem_type: 'binary',
      label: { name: 'l', type: 'string', classes: ['a', 'b'] },
    },
    refusal: SCORES,
  }),
  'a terabyte of memory': () => ({
    bytes: graph({
      outputs: [anything],
      graph: [field(5, int64('shape', [1], [2n ** 38n]))],
      nodes: [
        { operator: 'Expand', inputs: ['x', 'shape'], outputs: ['big'] },
        { operator: 'ReduceSum', inputs: ['big'], outputs: ['y'], attributes: { keepdims: 1 } },
      ],
    }),
    refusal: SCORES,
  }),
  'sixteen gigabytes of memory': () => ({
    bytes: graph({
      outputs: [anything],
      graph: [field(5, int64('shape', [1], [2n ** 32n]))],
      nodes: [
        { operator: 'Expand', inputs: ['x', 'shape'], outputs: ['big'] },
        { operator: 'ReduceSum', inputs: ['big'], outputs: ['y'], attributes: { keepdims: 1 } },
      ],
    }),
    refusal: SCORES,
  }),
  'graphs in graphs, a hundred deep': () => ({ bytes: nest(100), refusal: RUNTIME }),
  'graphs in graphs, two thousand deep': () => ({ bytes: nest(2000), refusal: RUNTIME }),
  'a tree with a cycle': () => ({ bytes: tree({ nodes_truenodeids: [0, 0, 0] }), refusal: RUNTIME }),
  'a tree whose child is in no tree': () => ({ bytes: tree({ nodes_truenodeids: [77, 0, 0] }), refusal: RUNTIME }),
  'a tree of a column that is not there': () => ({
    bytes: tree({ nodes_featureids: [1_000_000_000, 0, 0] }),
    refusal: /./,
  }),
  'a tree with a billion targets': () => ({ bytes: tree({ n_targets: 1_000_000_000 }), refusal: /./ }),
  'a tree with a target that is not there': () => ({
    bytes: tree({ target_ids: [1_000_000, 2_000_000] }),
    refusal: /./,
  }),
  'a linear model with too few coefficients': () => ({
    bytes: graph({
      nodes: [
        {
          operator: 'LinearRegressor',
          domain: 'ai.onnx.ml',
          inputs: ['x'],
          outputs: ['y'],
          attributes: { coefficients: { floats: [1] }, intercepts: { floats: [0, 0, 0] }, targets: 100_000 },
        },
      ],
    }),
    refusal: /./,
  }),
  'a scaler with too few numbers': () => ({
    bytes: graph({
      nodes: [
        {
          operator: 'Scaler',
          domain: 'ai.onnx.ml',
          inputs: ['x'],
          outputs: ['y'],
          attributes: { offset: { floats: [] }, scale: { floats: [1, 2, 3] } },
        },
      ],
    }),
    refusal: /./,
  }),
  'a random number': () => ({
    bytes: graph({
      nodes: [
        { operator: 'RandomNormalLike', inputs: ['x'], outputs: ['r'] },
        { operator: 'Add', inputs: ['x', 'r'], outputs: ['y'] },
      ],
    }),
    refusal: /./,
  }),
  'an index that is out of range': () => ({
    bytes: graph({
      outputs: [anything],
      graph: [field(5, int64('index', [1], [INT64_MAX]))],
      nodes: [{ operator: 'Gather', inputs: ['x', 'index'], outputs: ['y'], attributes: { axis: 1 } }],
    }),
    refusal: /./,
  }),
  'an operator set of the far future': () => ({
    bytes: graph({ model: [field(8, integer(2, 1_000_000))] }),
    refusal: /./,
  }),
  'a format of the far future': () => ({ bytes: graph({ irVersion: 999 }), refusal: RUNTIME }),
};

/** A model that negates what is not greater than 0, and does not come to an end otherwise. */
export function makeHangingModel(): Uint8Array {
  return loop('x', 'positive');
}

function add(other: string) {
  return { operator: 'Add', inputs: ['x', other], outputs: ['y'] };
}

function chain(length: number) {
  return Array.from({ length }, (_, index) => ({
    operator: 'Neg',
    inputs: [index === 0 ? 'x' : `v${index}`],
    outputs: [index === length - 1 ? 'y' : `v${index + 1}`],
  }));
}

/** A loop whose condition stays as it is at first: true, or whether the input is positive. */
function loop(value: 'w' | 'x', condition: 'yes' | 'positive' = 'yes'): Uint8Array {
  const inner = writeGraph({
    inputs: [
      { name: 'i', type: 'int64', shape: [] },
      { name: 'c', type: 'bool', shape: [] },
      { name: 'v', type: 'float32' },
    ],
    outputs: [
      { name: 'c2', type: 'bool', shape: [] },
      { name: 'v2', type: 'float32' },
    ],
    nodes: [
      { operator: 'Identity', inputs: ['c'], outputs: ['c2'] },
      { operator: 'Neg', inputs: ['v'], outputs: ['v2'] },
    ],
  });
  return graph({
    outputs: [anything],
    graph: [
      field(5, int64('count', [], [INT64_MAX])),
      field(5, boolean('yes', true)),
      field(5, writeConstant({ name: 'w', dims: [1, 1], values: [1] })),
      field(5, writeConstant({ name: 'zero', dims: [1, 1], values: [0] })),
      field(5, int64('scalar', [0], [])),
    ],
    nodes: [
      { operator: 'Greater', inputs: ['x', 'zero'], outputs: ['greater'] },
      { operator: 'Reshape', inputs: ['greater', 'scalar'], outputs: ['positive'] },
      {
        operator: 'Loop',
        inputs: ['count', condition, value],
        outputs: ['l'],
        raw: [body('body', inner)],
      },
      { operator: 'Add', inputs: ['l', 'x'], outputs: ['y'] },
    ],
  });
}

/** Graphs in the branches of If nodes. */
function nest(depth: number): Uint8Array {
  let inner = writeGraph({
    inputs: [],
    outputs: [{ name: `o${depth}`, type: 'float32' }],
    nodes: [{ operator: 'Neg', inputs: ['x'], outputs: [`o${depth}`] }],
  });
  // Written from the inside out: only the lengths grow.
  for (let level = depth - 1; level > 0; level--) {
    const output = `o${level}`;
    const node = [
      text(1, 'yes'),
      text(2, output),
      text(4, 'If'),
      body('then_branch', inner),
      body('else_branch', leaf(output)),
    ];
    inner = join([
      field(1, join(node)),
      text(2, 'g'),
      field(12, join([text(1, output), field(2, field(1, integer(1, 1)))])),
    ]);
  }
  return graph({
    outputs: [anything],
    graph: [field(5, boolean('yes', true))],
    nodes: [
      {
        operator: 'If',
        inputs: ['yes'],
        outputs: ['y'],
        raw: [body('then_branch', inner), body('else_branch', leaf('z'))],
      },
    ],
  });
}

function leaf(output: string): Uint8Array {
  return writeGraph({
    inputs: [],
    outputs: [{ name: output, type: 'float32' }],
    nodes: [{ operator: 'Neg', inputs: ['x'], outputs: [output] }],
  });
}

/** A tree of three nodes, with other attributes. */
function tree(attributes: Readonly<Record<string, readonly number[] | number>>): Uint8Array {
  return graph({
    outputs: [{ ...y, ...('n_targets' in attributes && { shape: ['N', 1] }) }],
    nodes: [
      {
        operator: 'TreeEnsembleRegressor',
        domain: 'ai.onnx.ml',
        inputs: ['x'],
        outputs: ['y'],
        attributes: {
          nodes_treeids: [0, 0, 0],
          nodes_nodeids: [0, 1, 2],
          nodes_featureids: [0, 0, 0],
          nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'],
          nodes_values: { floats: [0.5, 0, 0] },
          nodes_truenodeids: [1, 0, 0],
          nodes_falsenodeids: [2, 0, 0],
          target_treeids: [0, 0],
          target_nodeids: [1, 2],
          target_ids: [0, 0],
          target_weights: { floats: [1, 2] },
          n_targets: 1,
          ...attributes,
        },
      },
    ],
  });
}
