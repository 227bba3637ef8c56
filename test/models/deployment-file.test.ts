import { expect } from 'chai';
import { DEPLOYMENT_ID, deploymentFileSchema } from '../../models/deployment-file.ts';
import { toProblems } from '../../errors/to-problems.ts';
import { toClassifier, toJson } from '../support/deployment.ts';

const column = { name: 'x', type: 'double' };
const example = { fields: ['x'], values: [[1]] };

function listProblems(keys: object): string[] {
  const parsed = deploymentFileSchema.safeParse(toJson(keys));
  return parsed.success ? [] : toProblems(parsed.error, 'deployment.json');
}

describe('deployment.json', () => {
  it('has defaults for optional keys', () => {
    expect(deploymentFileSchema.parse(toJson())).to.deep.include({
      description: '',
      settings: {},
      input_data_type: 'structured',
      columns: [{ ...column, nullable: false }],
      result: { prediction: 'prediction', probability: 'probability' },
      echo: true,
      unknown_categories: 'accept',
    });
  });

  it('accepts every key', () => {
    const keys = {
      ...toClassifier(3, 1, 2),
      description: 'Everything.',
      input_data_type: 'unstructured_text',
      columns: [
        { name: 'a', type: 'string', nullable: true, categories: ['b', 'c'], impute: 'c' },
        { name: 'd', type: 'boolean', categories: [true, false] },
        { name: 'e', type: 'long', range: [1, 1], impute: 0 },
      ],
      result: { prediction: 'p', probability: 'q', class_index: 'r' },
      echo: false,
      unknown_categories: 'refuse',
      settings: ['anything'],
      example: { ...example, answer: { predictions: [1], probabilities: [[0, 1, 0]] } },
    };
    expect(listProblems(keys)).to.deep.equal([]);
  });

  it('may lack the recorded answer, so that a command can record it', () => {
    expect(listProblems({ example })).to.deep.equal([]);
  });

  for (const [problem, keys] of [
    // Unknown keys, and values of the wrong type.
    [': unknown key "colour"', { colour: 'red' }],
    ['.columns[0]: unknown key "min"', { columns: [{ ...column, min: 0 }] }],
    ['.label: unknown key "labels"', { label: { name: 'y', type: 'double', labels: [] } }],
    ['.result: unknown key "score"', { result: { score: 's' } }],
    ['.example: unknown key "labels"', { example: { ...example, labels: [] } }],
    ['.example.answer: unknown key "values"', { example: { ...example, answer: { predictions: [], values: [] } } }],
    ['.id: expected up to 128 letters, digits, `.`, `_` and `-`, starting with a letter or digit', { id: '../x' }],
    ['.name: expected at least 1 character', { name: '' }],
    ['.kind: expected string', { kind: undefined }],
    ['.problem_type: expected one of "binary", "multiclass", "regression"', { problem_type: 'ranking' }],
    ['.columns: expected at least 1 item', { columns: [] }],
    [
      '.columns: expected at most 1012 items',
      { columns: Array.from({ length: 1013 }, (_, index) => ({ ...column, name: `x${index}` })) },
    ],
    [
      '.columns[0].type: expected one of "string", "integer", "long", "double", "boolean"',
      { columns: [{ ...column, type: 'other' }] },
    ],
    ['.columns[0].categories: expected at least 1 item', { columns: [{ ...column, categories: [] }] }],
    [
      '.columns[0].categories[0]: expected string or number or boolean',
      { columns: [{ ...column, categories: [null] }] },
    ],
    ['.columns[0].range: expected at most 2 items', { columns: [{ ...column, range: [1, 2, 3] }] }],
    ['.example.values: expected at least 1 item', { example: { ...example, values: [] } }],
    [
      '.example.answer.predictions[0]: expected string or number',
      { example: { ...example, answer: { predictions: [true] } } },
    ],
    ['.created_at: expected a date and time in UTC, such as 2026-11-23T12:00:00Z', { created_at: '2026-11-23' }],
    [
      '.modified_at: expected a date and time in UTC, such as 2026-11-23T12:00:00Z',
      { modified_at: '2026-11-23T00:00:00+01:00' },
    ],
    ...['a"b', 'a=b'].flatMap((name) => [
      [
        '.columns[0].name: expected a column name without `"` and `=`, which OpenScale cannot handle',
        { columns: [{ ...column, name }] },
      ],
      [
        '.result.prediction: expected a column name without `"` and `=`, which OpenScale cannot handle',
        { result: { prediction: name } },
      ],
    ]),

    // Contradictions.
    ['.columns[1].name: expected a unique column name', { columns: [column, column] }],
    ['.columns[0].impute: expected a value of type double', { columns: [{ ...column, impute: '1' }] }],
    ['.columns[0].impute: expected a value of type boolean', { columns: [{ ...column, type: 'boolean', impute: 1 }] }],
    [
      '.columns[0].categories: expected a value of type string',
      { columns: [{ ...column, type: 'string', categories: ['1', 2] }] },
    ],
    ['.columns[0].categories: expected unique categories', { columns: [{ ...column, categories: [1, 2, 1] }] }],
    ['.columns[0].range: expected the minimum before the maximum', { columns: [{ ...column, range: [2, 1] }] }],
    ['.label.name: expected a name that no column has', { label: { name: 'x', type: 'double' } }],
    ['.label.classes: expected no classes for a regression', { label: { name: 'y', type: 'double', classes: [1, 2] } }],
    ['.label.type: expected a numeric type for a regression', { label: { name: 'y', type: 'string' } }],
    ['.result.class_index: expected no class_index for a regression', { result: { class_index: 'number' } }],
    [".label.classes: expected the classes, in the order of the model's outputs", { problem_type: 'binary' }],
    ['.label.classes: expected unique classes', toClassifier('a', 'b', 'a')],
    ['.label.classes: expected values of type string', toClassifier('a', 2, 3)],
    ['.label.classes: expected values of type double', toClassifier(1, 'b')],
    ['.label.classes: expected two classes', { ...toClassifier('a', 'b', 'c'), problem_type: 'binary' }],
    ['.label.classes: expected three classes or more', { ...toClassifier('a', 'b'), problem_type: 'multiclass' }],
    [
      '.result: expected a different name for each result column',
      { ...toClassifier('a', 'b', 'c'), result: { prediction: 'y', probability: 'y' } },
    ],
    [
      '.result: expected a different name for each result column',
      { ...toClassifier('a', 'b'), result: { class_index: 'probability' } },
    ],
    ['.result: expected names that no column has', { result: { prediction: 'x' } }],
    ['.result: expected names that no column has', { ...toClassifier('a', 'b'), result: { class_index: 'x' } }],
  ] as [string, object][]) {
    it(`is rejected: ${problem}, for ${JSON.stringify(keys).slice(0, 80)}`, () => {
      expect(listProblems(keys)).to.deep.equal([`deployment.json${problem}`]);
    });
  }

  it('is rejected with all its problems at once', () => {
    expect(listProblems({ columns: [column, column], label: { name: 'x', type: 'string' } })).to.have.length(3);
  });

  it('is rejected if it is not an object', () => {
    const parsed = deploymentFileSchema.safeParse(null);
    expect(parsed.error && toProblems(parsed.error, 'deployment.json')).to.deep.equal([
      'deployment.json: expected object',
    ]);
  });

  it('has an id that is a single path segment', () => {
    for (const id of ['a', '7', 'A.b_c-d', 'a'.repeat(128)]) expect(DEPLOYMENT_ID.test(id), id).to.equal(true);
    for (const id of ['', '.', '..', '-a', '_a', 'a b', 'a/b', 'ä', 'a\n', 'a%', 'a'.repeat(129)])
      expect(DEPLOYMENT_ID.test(id), id).to.equal(false);
  });
});
