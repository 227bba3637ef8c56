import { expect } from 'chai';
import fc from 'fast-check';
import { DeploymentError } from '../../../../errors/deployment-error.ts';
import { openZipMaps } from '../../../../models/kinds/onnx/open-zip-maps.ts';
import { isOnnx, readModel } from '../../../../models/kinds/onnx/read-model.ts';
import { field, integer, join, text, varint, writeConstant, writeNode, writeOnnx } from '../../../support/onnx-file.ts';
import { catchError } from '../../../support/deployment.ts';
import { LOANS, toGraph } from '../../../support/onnx-models.ts';

const loans = writeOnnx(LOANS);
const ADVICE = 'save the model as one file';

const read = (bytes: Uint8Array) => readModel(bytes, 'model.onnx');

async function findProblem(bytes: Uint8Array): Promise<string> {
  const { problems } = await catchError(DeploymentError, () => openZipMaps(bytes, read(bytes), 'model.onnx'));
  expect(problems).to.have.length(1);
  return problems[0] as string;
}

describe('a file in ONNX format', () => {
  it('is read: versions, inputs, outputs, nodes and negative classes', () => {
    const { irVersion, producer, operatorSets, inputs, outputs, nodes } = read(loans);
    expect({ irVersion, producer, operatorSets }).to.deep.equal({
      irVersion: 10,
      producer: 'a converter 1.2',
      operatorSets: [
        ['', 21],
        ['ai.onnx.ml', 3],
      ],
    });
    expect(inputs.map(({ name, type, shape }) => [name, type, shape])).to.deep.equal([
      ['X', 'float32', [undefined, 3]],
    ]);
    expect(outputs.map(({ name, type, shape }) => [name, type, shape])).to.deep.equal([
      ['output_label', 'int64', [undefined]],
      ['output_probability', undefined, undefined],
    ]);
    expect(nodes.map(({ operator, classes }) => [operator, classes])).to.deep.equal([
      ['LinearClassifier', [-1, 0, 5]],
      ['Identity', undefined],
      ['ZipMap', [-1, 0, 5]],
    ]);
  });

  it('has no inputs that are constants, as files before IR 4 list them', () => {
    const graph = toGraph('Identity');
    const inputs = [...graph.inputs, { name: 'w', type: 'float32' as const, shape: [1] }];
    const bytes = writeOnnx({ ...graph, inputs, constants: [{ name: 'w', dims: [1], values: [1] }], irVersion: 3 });
    expect(read(bytes).inputs.map(({ name }) => name)).to.deep.equal(['x']);
  });

  it('has no fixed size where converters write 0 or -1', () => {
    const graph = toGraph('Identity');
    const bytes = writeOnnx({ ...graph, inputs: [{ name: 'x', type: 'float32', shape: [-1, 0] }] });
    expect(read(bytes).inputs[0]?.shape).to.deep.equal([undefined, undefined]);
  });

  it('is recognized by its content, and nothing else is', () => {
    expect(isOnnx(loans)).to.equal(true);
    for (const other of [
      '',
      '{"learner":{}}',
      '{L\0',
      '<PMML/>',
      'tree\nversion=v4\n',
      '\x80\x04\x95',
      '\x08\x0a',
      'PK\x03\x04',
    ])
      expect(isOnnx(Buffer.from(other, 'latin1')), JSON.stringify(other)).to.equal(false);
    expect(isOnnx(loans.subarray(0, -1)), 'a file that is cut off').to.equal(false);
  });

  it('is refused wherever it is cut off', async () => {
    for (let length = 0; length < loans.length; length++) {
      const { problems } = await catchError(DeploymentError, () => read(loans.subarray(0, length)));
      expect(problems[0]?.startsWith('model.onnx'), problems[0]).to.equal(true);
    }
  });

  it('is read or refused, whatever bytes are changed', () => {
    const change = fc.record({ at: fc.nat(loans.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(loans);
        for (const { at, byte } of changes) bytes[at] = byte;
        try {
          openZipMaps(bytes, read(bytes), 'model.onnx');
        } catch (error) {
          if (!(error instanceof DeploymentError)) throw error;
        }
      }),
      { seed: 15, numRuns: 3000 },
    );
  });

  it('is refused where a field is longer than the message that it is in', async () => {
    const node = field(1, join([text(4, 'Identity'), varint(0x0an), varint(2n ** 31n)]));
    expect(await findProblem(join([integer(1, 10), field(7, node)]))).to.match(
      /^model\.onnx.*: expected an ONNX file; it is damaged at byte \d+$/,
    );
  });

  it('is refused with groups, integers of more than 64 bits, and a second graph', async () => {
    const damaged = /it is damaged at byte/;
    expect(await findProblem(join([loans, Uint8Array.of(0x0b, 0x0c)]))).to.match(damaged);
    expect(await findProblem(join([Uint8Array.of(0x08, ...Array<number>(10).fill(0xff), 1), loans]))).to.match(damaged);
    expect(await findProblem(join([loans, field(7, new Uint8Array())]))).to.equal('model.onnx: expected one graph');
  });

  it('is refused without the version of a domain of operators', async () => {
    const graph = toGraph('Custom', { domain: 'com.example' });
    expect(await findProblem(writeOnnx(graph))).to.contain('model.onnx.opset_import: expected the version');
    const version = field(8, join([text(1, 'com.example'), integer(2, 1)]));
    expect(read(writeOnnx({ ...graph, model: [version] })).nodes).to.have.length(1);
  });

  it('is refused with more classes than there can be, before they are kept', async () => {
    const labels = { classlabels_int64s: Array.from({ length: 10_001 }, (_, index) => index) };
    const bytes = writeOnnx({
      ...toGraph('ZipMap'),
      nodes: [{ operator: 'ZipMap', outputs: ['y'], attributes: labels }],
    });
    expect(await findProblem(bytes)).to.contain('.attribute.classlabels_int64s: expected at most 10000 classes');
    const packed = field(5, join([text(1, 'classlabels_int64s'), field(8, new Uint8Array(200_000))]));
    const node = field(1, writeNode({ operator: 'ZipMap', raw: [packed] }));
    expect(await findProblem(writeOnnx({ ...toGraph('Identity'), graph: [node] }))).to.contain(
      'expected at most 10000 classes',
    );
  });

  describe('must contain all its weights', () => {
    const external = join([writeConstant({ name: 'w', dims: [1], values: [] }), integer(14, 1)]);
    const located = join([
      writeConstant({ name: 'w', dims: [1], values: [] }),
      field(13, join([text(1, 'location'), text(2, '/etc/passwd')])),
    ]);
    const attribute = (content: Uint8Array) => field(5, join([text(1, 'value'), content]));
    const node = (content: Uint8Array) =>
      field(1, writeNode({ operator: 'Constant', outputs: ['c'], raw: [attribute(content)] }));
    const graph = toGraph('Identity');
    for (const [where, options] of [
      ['in the graph', { graph: [field(5, external)] }],
      ['in the graph, by its place', { graph: [field(5, located)] }],
      ['in a sparse tensor', { graph: [field(15, field(1, external))] }],
      ['in an attribute', { graph: [node(field(5, external))] }],
      ['in a list of tensors', { graph: [node(field(10, external))] }],
      ['in a nested graph', { graph: [node(field(6, field(5, external)))] }],
      ['in a list of graphs', { graph: [node(field(11, node(field(5, external))))] }],
      [
        'in a function',
        { model: [field(25, field(7, writeNode({ operator: 'Constant', raw: [attribute(field(5, external))] })))] },
      ],
    ] as const) {
      it(`and is refused with some elsewhere: ${where}`, async () => {
        expect(await findProblem(writeOnnx({ ...graph, ...options }))).to.contain(ADVICE);
      });
    }

    it('and is searched as deep as graphs are nested', async () => {
      const bytes = writeOnnx({ ...graph, graph: [nest(external, 30_000)] });
      expect(await findProblem(bytes)).to.contain(ADVICE);
    });
  });
});

/** A node of a graph in an attribute of a node of a graph, and so on; the innermost graph has the constant. */
function nest(constant: Uint8Array, depth: number): Uint8Array {
  const heads: Uint8Array[] = [];
  const last = field(5, constant);
  let length = last.length;
  for (let level = 0; level < depth; level++) {
    // graph = 6 of an attribute, attribute = 5 of a node, node = 1 of a graph.
    for (const number of [6, 5, 1]) {
      const head = join([Uint8Array.of(number * 8 + 2), varint(BigInt(length))]);
      heads.push(head);
      length += head.length;
    }
  }
  return join([...heads.reverse(), last]);
}
