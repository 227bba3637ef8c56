import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { DeploymentError } from '../../../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../../../models/deployment-file.ts';
import { onnx } from '../../../../models/kinds/onnx/onnx.ts';
import { catchError } from '../../../support/deployment.ts';
import { writeOnnx, type FileOptions, type NodeOptions, type ValueOptions } from '../../../support/onnx-file.ts';
import { LOANS, toGraph } from '../../../support/onnx-models.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/onnx', import.meta.url));

const describeModel = (options: FileOptions, settings?: Readonly<Record<string, unknown>>) =>
  onnx.describe(writeOnnx(options), 'model.onnx', settings);

async function findProblem(options: FileOptions, settings?: Readonly<Record<string, unknown>>): Promise<string> {
  const { problems } = await catchError(DeploymentError, () => describeModel(options, settings));
  expect(problems).to.have.length(1);
  return problems[0] as string;
}

const scores = (name: string, width: number): ValueOptions => ({ name, type: 'float32', shape: ['N', width] });
const labels = (type: 'int64' | 'string' = 'int64'): ValueOptions => ({ name: 'label', type, shape: ['N'] });
const softmax: NodeOptions = { operator: 'Softmax', inputs: ['x'], outputs: ['p'] };

describe('an ONNX model', () => {
  describe('that a converter has written is described', () => {
    for (const version of readdirSync(FIXTURES)) {
      for (const name of readdirSync(join(FIXTURES, version))) {
        it(`${version}, ${name}`, async () => {
          const folder = join(FIXTURES, version, name);
          const { deployment } = JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')) as {
            deployment: Pick<DeploymentFile, 'columns' | 'label' | 'problem_type'> & {
              settings: Record<string, unknown>;
            };
          };
          const bytes = await readFile(join(folder, 'model.onnx'));
          expect(onnx.recognizes(bytes)).to.equal(true);
          const found = await onnx.describe(bytes, 'model.onnx', deployment.settings);
          expect(found.problemType).to.equal(deployment.problem_type);
          expect(found.classCount).to.equal(deployment.label.classes?.length);
          // A neural network does not have its classes in the file.
          if (version === 'sklearn' && !name.startsWith('torch'))
            expect(found.classes).to.deep.equal(deployment.label.classes);
          expect(found.features).to.have.length(deployment.columns.length);
        });
      }
    }
  });

  it('with a ZipMap has its classes and probabilities', async () => {
    const { format, problemType, classCount, classes, facts, features } = await describeModel(LOANS);
    expect({ format, problemType, classCount, classes }).to.deep.equal({
      format: 'ONNX (IR 10, opset 21, ai.onnx.ml 3), made by a converter 1.2',
      problemType: 'multiclass',
      classCount: 3,
      classes: [-1, 0, 5],
    });
    expect(facts).to.deep.equal({
      inputs: '"X" (float32, 3)',
      outputs: '"probabilities" (probabilities), "output_label" (labels)',
      nodes: '2: 1 LinearClassifier, 1 Identity',
    });
    expect(features).to.deep.equal(Array(3).fill({ isCategorical: false, nullable: true }));
  });

  it('with one input per column has their names and types, and takes a missing cell where there is a value for it', async () => {
    const graph = toGraph('Softmax', { width: 2 });
    const types = ['float32', 'float64', 'int64', 'int32', 'string', 'bool'] as const;
    const inputs = types.map((type, index) => ({
      name: `column ${index}`,
      type,
      shape: index === 0 ? ['N'] : ['N', 1],
    }));
    const { features } = await describeModel({ ...graph, inputs });
    expect(features.map(({ name, type, nullable }) => [name, type, nullable])).to.deep.equal([
      ['column 0', undefined, true],
      ['column 1', undefined, true],
      ['column 2', 'long', false],
      ['column 3', 'integer', false],
      ['column 4', 'string', true],
      ['column 5', 'boolean', false],
    ]);
  });

  describe('is refused with an input', () => {
    const graph = toGraph('Softmax', { width: 2 });
    for (const [of, input, expected] of [
      [
        'of 16 bits',
        { type: 'float16', shape: ['N', 2] },
        'expected a tensor of float, double, int32, int64, string or bool',
      ],
      ['that is no tensor', {}, 'expected a tensor of float, double, int32, int64, string or bool'],
      ['without a shape', { type: 'float32' }, 'expected one or two dimensions'],
      ['of images', { type: 'float32', shape: ['N', 3, 224, 224] }, 'expected one or two dimensions'],
      ['that is one value for all rows', { type: 'float32', shape: [] }, 'expected one or two dimensions'],
      ['of any number of columns', { type: 'float32', shape: ['N', 'M'] }, 'expected a fixed number of columns'],
      ['of eight rows', { type: 'float32', shape: [8, 2] }, 'expected any number of rows, or 1, not 8'],
      ['of too many columns', { type: 'float32', shape: ['N', 2 ** 40] }, 'expected at most 4096 columns'],
    ] as const) {
      it(of, async () => {
        const inputs = [{ name: 'x', ...input } as ValueOptions];
        expect(await findProblem({ ...graph, inputs }))
          .to.match(/^model\.onnx\.graph\.input/)
          .and.contain(expected);
      });
    }
  });

  describe('has outputs whose meaning is clear', () => {
    const network = (last: string): FileOptions => ({
      ...toGraph(last, { width: 3 }),
      nodes: [
        { operator: last, inputs: ['x'], outputs: ['p'] },
        { operator: 'Identity', inputs: ['p'], outputs: ['y'] },
      ],
    });
    for (const [of, options, expected] of [
      ['probabilities, of a softmax', network('Softmax'), { problemType: 'multiclass', facts: '"y" (probabilities)' }],
      [
        'logits, of a logarithm of a softmax',
        network('LogSoftmax'),
        { problemType: 'multiclass', facts: '"y" (logits)' },
      ],
      [
        'a prediction, of an ensemble of trees',
        { ...toGraph('TreeEnsembleRegressor', { domain: 'ai.onnx.ml' }) },
        { problemType: 'regression', facts: '"y" (prediction)' },
      ],
      [
        'probabilities beside labels',
        { ...toGraph('Any'), outputs: [labels(), scores('p', 2)] },
        { problemType: 'binary', facts: '"p" (probabilities), "label" (labels)' },
      ],
    ] as const) {
      it(of, async () => {
        const { problemType, facts } = await describeModel(options);
        expect({ problemType, facts: facts['outputs'] }).to.deep.equal(expected);
      });
    }

    it('labels alone, where the classifier has the classes', async () => {
      const [classifier] = LOANS.nodes as [NodeOptions];
      const { classes, facts } = await describeModel({
        ...LOANS,
        outputs: [{ name: 'label', type: 'int64', shape: ['N'] }],
        nodes: [classifier],
      });
      expect({ classes, outputs: facts['outputs'] }).to.deep.equal({
        classes: [-1, 0, 5],
        outputs: '"label" (labels)',
      });
    });

    it('probabilities alone, of a ZipMap', async () => {
      const { problemType, classes, facts } = await describeModel({ ...LOANS, outputs: LOANS.outputs.slice(1) });
      expect({ problemType, classes, outputs: facts['outputs'] }).to.deep.equal({
        problemType: 'multiclass',
        classes: [-1, 0, 5],
        outputs: '"probabilities" (probabilities)',
      });
    });

    it('labels and the decisions of a support vector machine without probabilities', async () => {
      const attributes = { classlabels_strings: ['a', 'b'] };
      const machine = {
        operator: 'SVMClassifier',
        domain: 'ai.onnx.ml',
        inputs: ['x'],
        outputs: ['label', 'p'],
        attributes,
      };
      const { facts } = await describeModel({
        ...toGraph('Any'),
        outputs: [labels('string'), scores('p', 2)],
        nodes: [machine],
      });
      expect(facts['outputs']).to.equal('"p" (probabilities), "label" (labels)');
    });

    it('labels that are picked from a constant', async () => {
      for (const [type, values] of [
        ['int64', [7, -7]],
        ['string', ['bad', 'good']],
      ] as const) {
        const { classes } = await describeModel({
          ...toGraph('Any'),
          outputs: [labels(type), scores('p', 2)],
          constants: [{ name: 'classes', dims: [2], values, type }],
          nodes: [
            {
              operator: 'ArrayFeatureExtractor',
              domain: 'ai.onnx.ml',
              inputs: ['classes', 'best'],
              outputs: ['picked'],
            },
            { operator: 'Reshape', inputs: ['picked', 'shape'], outputs: ['label'] },
            { operator: 'Any', inputs: ['x'], outputs: ['p', 'best'] },
          ],
        });
        expect(classes).to.deep.equal(values);
      }
    });
  });

  describe('whose outputs could be several things', () => {
    const number: FileOptions = toGraph('Sigmoid');
    const vector: FileOptions = toGraph('MatMul', { width: 3 });

    for (const [of, options, why] of [
      ['one number per row', number, 'one number per row: a prediction, a probability or a logit'],
      ['numbers of no softmax', vector, '3 numbers per row, which no Softmax makes probabilities'],
      ['several numbers', { ...number, outputs: [scores('a', 2), scores('b', 2)] }, 'several outputs'],
      ['an integer', { ...number, outputs: [labels()] }, 'labels or integers'],
      [
        'one number beside labels',
        { ...number, outputs: [labels(), scores('p', 1)] },
        'one number per row beside labels',
      ],
    ] as const) {
      it(`is refused, and the message says which setting says it: ${of}`, async () => {
        const problem = await findProblem(options);
        expect(problem).to.contain(`model.onnx.graph.output: the file has ${why}`);
        expect(problem).to.contain('Say it in settings.output, for example {"prediction":');
      });
    }

    it('is refused with the outputs and their types, and an example that names one of numbers', async () => {
      const several = {
        ...number,
        outputs: [labels(), scores('a', 1), { ...scores('b', 1), type: 'float64' as const }],
      };
      expect(await findProblem(several))
        .to.contain('"label" (int64), "a" (float32), "b" (float64). ')
        .and.contain('{"prediction":"a"}, {"probabilities":"a"}, {"logits":"a"}');
      expect(await findProblem({ ...several, outputs: [...several.outputs].reverse() })).to.contain(
        '{"prediction":"b"}',
      );
    });

    for (const [setting, options, expected] of [
      [{ prediction: 'y' }, number, ['regression', undefined]],
      [{ prediction: 'label' }, { ...number, outputs: [labels()] }, ['regression', undefined]],
      [{ probabilities: 'y' }, number, ['binary', 2]],
      [{ logits: 'y' }, number, ['binary', 2]],
      [{ logits: 'y' }, vector, ['multiclass', 3]],
      [{ probabilities: 'y' }, vector, ['multiclass', 3]],
    ] as const) {
      const [y] = options.outputs;
      it(`is what the setting says: ${JSON.stringify(setting)} of ${y.shape?.[1] ?? 'labels'}`, async () => {
        const { problemType, classCount } = await describeModel(options, { output: setting });
        expect([problemType, classCount]).to.deep.equal(expected);
      });
    }

    for (const [setting, expected] of [
      [{ prediction: 'z' }, 'settings.output.prediction: expected the name of an output of model.onnx: "y"'],
      [{ labels: 'y' }, 'settings.output.labels: expected an output of integers or texts'],
      [{ prediction: 'y', labels: 'y' }, 'settings.output: expected one of probabilities, logits and prediction'],
      [{}, 'settings.output: expected one of probabilities, logits and prediction'],
    ] as const) {
      it(`is refused with the setting ${JSON.stringify(setting)}`, async () => {
        expect(await findProblem(number, { output: setting })).to.contain(expected);
      });
    }

    for (const [of, options, setting, expected] of [
      [
        'scores whose number is not fixed',
        { ...number, outputs: [{ name: 'y', type: 'float32', shape: ['N', 'M'] }] },
        { logits: 'y' },
        'model.onnx.graph.output ("y"): expected a fixed number of classes',
      ],
      [
        'labels whose classes are unknown',
        { ...number, outputs: [labels()] },
        { labels: 'label' },
        'model.onnx.graph.output ("label"): the file does not have the classes of these labels; export probabilities as well',
      ],
      [
        'labels of one class',
        {
          ...number,
          outputs: [labels()],
          nodes: [
            {
              operator: 'LinearClassifier',
              domain: 'ai.onnx.ml',
              inputs: ['x'],
              outputs: ['label'],
              attributes: { classlabels_ints: [4] },
            },
          ],
        },
        { labels: 'label' },
        'expected as many probabilities as classes, at least two',
      ],
      [
        'a prediction that is text',
        { ...number, outputs: [labels('string')] },
        { prediction: 'label' },
        'settings.output.prediction: expected an output of numbers',
      ],
      [
        'an output of three dimensions',
        { ...number, outputs: [{ name: 'y', type: 'float32', shape: ['N', 2, 2] }] },
        { logits: 'y' },
        'settings.output.logits: expected an output of one or two dimensions, rows and values',
      ],
      [
        'an output of one value for all rows',
        { ...number, outputs: [{ name: 'y', type: 'float32', shape: [] }] },
        { prediction: 'y' },
        'settings.output.prediction: expected an output of one or two dimensions, rows and values',
      ],
      [
        'probabilities that are integers',
        { ...number, outputs: [labels()] },
        { probabilities: 'label' },
        'settings.output.probabilities: expected an output of numbers',
      ],
    ] as const) {
      it(`is refused with ${of}`, async () => {
        expect(await findProblem(options, { output: setting })).to.contain(expected);
      });
    }

    it('is refused as a prediction with several numbers per row', async () => {
      const expected = 'settings.output.prediction: expected an output with one value per row';
      expect(await findProblem(vector, { output: { prediction: 'y' } })).to.equal(expected);
    });

    it('must say which of labels and probabilities of a support vector machine are served', async () => {
      const svm = {
        ...toGraph('Any'),
        outputs: [labels('string'), scores('p', 2)],
        nodes: [
          {
            operator: 'SVMClassifier',
            domain: 'ai.onnx.ml',
            inputs: ['x'],
            outputs: ['label', 'p'],
            attributes: { classlabels_strings: ['a', 'b'], prob_a: { floats: [1] } },
          },
        ],
      };
      const problem = await findProblem(svm);
      expect(problem).to.contain('settings.output = {"labels":"label"}').and.contain('or {"probabilities":"p"}');
      expect((await describeModel(svm, { output: { labels: 'label' } })).classes).to.deep.equal(['a', 'b']);
      expect((await describeModel(svm, { output: { probabilities: 'p' } })).classCount).to.equal(2);
    });
  });

  it('is refused where a list of maps comes from no ZipMap, or a ZipMap is not the end', async () => {
    const [classifier, identity, zipMap] = LOANS.nodes as [NodeOptions, NodeOptions, NodeOptions];
    const other = { ...zipMap, operator: 'SequenceConstruct', domain: '' };
    expect(await findProblem({ ...LOANS, nodes: [classifier, identity, other] })).to.contain(
      'no tensor that can be served',
    );
    const user = { operator: 'SequenceAt', inputs: ['output_probability'], outputs: ['one'] };
    expect(await findProblem({ ...LOANS, nodes: [...LOANS.nodes, user] })).to.contain('used by another node');
  });

  it('is refused where classes and probabilities are not as many', async () => {
    const [, , zipMap] = LOANS.nodes as [NodeOptions, NodeOptions, NodeOptions];
    const nodes = [{ ...zipMap, attributes: { classlabels_int64s: [1] } }];
    expect(await findProblem({ ...LOANS, nodes })).to.contain(
      'expected as many probabilities as classes, at least two',
    );
  });

  it('names no more of a file than fits in a line', async () => {
    const problem = await findProblem({ ...toGraph('Any'), outputs: [scores('y'.repeat(3000), 1), scores('z', 1)] });
    expect(problem.length).to.be.below(1000);
  });

  it('needs no ZipMap to be opened where there is none', async () => {
    const { classes } = await describeModel({ ...toGraph('Any'), outputs: [scores('p', 2)], nodes: [softmax] });
    expect(classes).to.equal(undefined);
  });
});
