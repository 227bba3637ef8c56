import { expect } from 'chai';
import { EngineError } from '../../../../errors/engine-error.ts';
import { catchError } from '../../../support/deployment.ts';
import { scoreRows, toCategories, toNumber, toPmml, toSchema } from '../../../support/pmml.ts';

const FIELDS = [
  toCategories('play', 'yes', 'no'),
  toCategories('outlook', 'sunny', 'rain'),
  toNumber('temperature'),
  toNumber('humidity'),
].join('\n');

/** A node of yes and no records. */
function toNode(id: number, predicate: string, yes: number, no: number, more = '', children = ''): string {
  return `<Node id="${id}" score="${yes >= no ? 'yes' : 'no'}" recordCount="${yes + no}" ${more}>${predicate}
<ScoreDistribution value="yes" recordCount="${yes}"/><ScoreDistribution value="no" recordCount="${no}"/>${children}</Node>`;
}

function toSimple(field: string, operator: string, value: string): string {
  return `<SimplePredicate field="${field}" operator="${operator}" value="${value}"/>`;
}

/**
 * 100 days: sunny ones (40 of 50 with a game) by temperature, rainy ones (20 of 50) by humidity. The leaves are
 * sunny and cool 27 of 30, sunny and warm 13 of 20, rainy and dry 15 of 25, rainy and humid 5 of 25.
 */
function toTree(attributes: string): string {
  const sunny = toNode(
    2,
    toSimple('outlook', 'equal', 'sunny'),
    40,
    10,
    'defaultChild="4"',
    toNode(3, toSimple('temperature', 'lessThan', '20'), 27, 3) +
      toNode(4, toSimple('temperature', 'greaterOrEqual', '20'), 13, 7),
  );
  const rain = toNode(
    5,
    toSimple('outlook', 'equal', 'rain'),
    20,
    30,
    'defaultChild="7"',
    toNode(6, toSimple('humidity', 'lessThan', '80'), 15, 10) +
      toNode(7, toSimple('humidity', 'greaterOrEqual', '80'), 5, 20),
  );
  return toPmml(
    FIELDS,
    `<TreeModel functionName="classification" ${attributes}>
${toSchema('play', 'outlook', 'temperature', 'humidity')}
${toNode(1, '<True/>', 60, 40, 'defaultChild="5"', sunny + rain)}
</TreeModel>`,
  );
}

/** The rows of the tests below. */
const ROWS = {
  complete: ['sunny', 10, 50],
  noOutlook: [null, 10, 90],
  noTemperature: ['sunny', null, 50],
  nothing: [null, null, null],
} as const;

/** What is expected of a row: the share of yes, or that there is no prediction. */
type Expected = Readonly<Record<keyof typeof ROWS, number | 'none'>>;

const EXPECTED: Readonly<Record<string, Expected>> = {
  // A missing value holds no predicate, and a node without a true child has no prediction.
  'missingValueStrategy="none"': { complete: 0.9, noOutlook: 'none', noTemperature: 'none', nothing: 'none' },
  // … or its own: the root's 60 of 100, and the sunny days' 40 of 50.
  'missingValueStrategy="none" noTrueChildStrategy="returnLastPrediction"': {
    complete: 0.9,
    noOutlook: 0.6,
    noTemperature: 0.8,
    nothing: 0.6,
  },
  'missingValueStrategy="lastPrediction"': { complete: 0.9, noOutlook: 0.6, noTemperature: 0.8, nothing: 0.6 },
  'missingValueStrategy="nullPrediction"': { complete: 0.9, noOutlook: 'none', noTemperature: 'none', nothing: 'none' },
  // Rain; there 90 is humid: 5 of 25. Sunny: warm, 13 of 20. Rain, and there humid.
  'missingValueStrategy="defaultChild"': { complete: 0.9, noOutlook: 0.2, noTemperature: 0.65, nothing: 0.2 },
  // Half of the days are sunny: 0.5 · 0.9 + 0.5 · 0.2. 30 of the 50 sunny ones are cool: 0.6 · 0.9 + 0.4 · 0.65.
  // Of all: 0.5 · 0.8 + 0.5 · (0.5 · 0.6 + 0.5 · 0.2).
  'missingValueStrategy="weightedConfidence"': { complete: 0.9, noOutlook: 0.55, noTemperature: 0.8, nothing: 0.6 },
  // (27 + 5) of (30 + 25), (27 + 13) of (30 + 20), and 60 of 100.
  'missingValueStrategy="aggregateNodes"': { complete: 0.9, noOutlook: 32 / 55, noTemperature: 0.8, nothing: 0.6 },
};

describe('a TreeModel of PMML', () => {
  for (const [attributes, expected] of Object.entries(EXPECTED)) {
    it(`with ${attributes} treats missing values as PMML says`, async () => {
      for (const [name, share] of Object.entries(expected)) {
        const row = ROWS[name as keyof typeof ROWS];
        if (share === 'none') {
          const error = await catchError(EngineError, () => scoreRows(toTree(attributes), [row]));
          expect([error.code, error.message]).to.deep.equal([
            'invalid_value',
            'values[0]: the model has no prediction for this row.',
          ]);
          continue;
        }
        const { predictions, probabilities } = await scoreRows(toTree(attributes), [row]);
        expect(predictions, name).to.deep.equal([share >= 0.5 ? 'yes' : 'no']);
        expect(probabilities?.[0]?.[0], name).to.be.closeTo(share, 1e-12);
        expect(probabilities?.[0]?.[1], name).to.be.closeTo(1 - share, 1e-12);
      }
    });
  }

  it('names the row that has no prediction among those that have one', async () => {
    const rows = [ROWS.complete, ROWS.complete, ROWS.noOutlook, ROWS.nothing];
    const error = await catchError(EngineError, () => scoreRows(toTree('missingValueStrategy="nullPrediction"'), rows));
    expect(error.message).to.equal('values[2]: the model has no prediction for this row.');
  });

  it('with aggregateNodes goes no further than a child that is true', async () => {
    // Unknown for a missing humidity, then true, and a child that no row reaches: (8 + 1) of (10 + 10), not 9 of 120.
    const children =
      toNode(2, toSimple('humidity', 'lessThan', '80'), 8, 2) +
      toNode(3, toSimple('outlook', 'equal', 'rain'), 1, 9) +
      toNode(4, '<True/>', 0, 100);
    const document = toPmml(
      FIELDS,
      `<TreeModel functionName="classification" missingValueStrategy="aggregateNodes">
${toSchema('play', 'outlook', 'temperature', 'humidity')}${toNode(1, '<True/>', 9, 111, '', children)}</TreeModel>`,
    );
    expect((await scoreRows(document, [['rain', 1, null]])).probabilities).to.deep.equal([[9 / 20, 11 / 20]]);
  });

  it('gives no probabilities where a score is not the most frequent class', async () => {
    const document = toTree('').replace('id="3" score="yes"', 'id="3" score="no"');
    expect(await scoreRows(document, [ROWS.complete])).to.deep.equal({ predictions: ['no'] });
  });

  it('takes the most frequent class where a node has no score', async () => {
    const document = toTree('').replaceAll(/ score="\w+"/g, '');
    const rows = [ROWS.complete, ['rain', 1, 90]];
    expect((await scoreRows(document, rows)).predictions).to.deep.equal(['yes', 'no']);
  });

  describe('of a regression', () => {
    const toRegression = (nodes: string, attributes = '', fields = toNumber('x') + toCategories('c', 'a', 'b', 'd')) =>
      toPmml(
        toNumber('y') + fields,
        `<TreeModel functionName="regression" ${attributes}>${toSchema('y', 'x', 'c')}
<Node score="0"><True/>${nodes}</Node></TreeModel>`,
      );
    const leaf = (score: number, predicate: string) => `<Node score="${score}">${predicate}</Node>`;
    const compound = (operator: string, ...predicates: readonly string[]) =>
      `<CompoundPredicate booleanOperator="${operator}">${predicates.join('')}</CompoundPredicate>`;
    const BELOW = toSimple('x', 'lessThan', '5');
    const IS_A = toSimple('c', 'equal', 'a');

    // With `none`, an unknown predicate counts as false; isMissing asks for x to see which it was.
    for (const [name, predicate, rows] of [
      [
        'and: false and unknown is false',
        compound('and', BELOW, IS_A),
        [
          [1, 'a', 1],
          [1, 'b', 0],
          [9, null, 0],
          [1, null, 0],
        ],
      ],
      [
        'or: true or unknown is true',
        compound('or', BELOW, IS_A),
        [
          [9, 'a', 1],
          [9, 'b', 0],
          [1, null, 1],
          [9, null, 0],
        ],
      ],
      [
        'xor: with unknown it is unknown',
        compound('xor', BELOW, IS_A),
        [
          [9, 'a', 1],
          [1, 'a', 0],
          [1, 'b', 1],
          [1, null, 0],
        ],
      ],
      [
        'surrogate: the first that is not unknown',
        compound('surrogate', BELOW, IS_A),
        [
          [1, 'b', 1],
          [9, 'a', 0],
          [null, 'a', 1],
          [null, 'b', 0],
          [null, null, 0],
        ],
      ],
      [
        'isIn',
        '<SimpleSetPredicate field="c" booleanOperator="isIn"><Array type="string">a "d"</Array></SimpleSetPredicate>',
        [
          [0, 'a', 1],
          [0, 'd', 1],
          [0, 'b', 0],
          [0, null, 0],
        ],
      ],
      [
        'isNotIn',
        '<SimpleSetPredicate field="c" booleanOperator="isNotIn"><Array type="string" n="2">a d</Array></SimpleSetPredicate>',
        [
          [0, 'a', 0],
          [0, 'b', 1],
          [0, null, 0],
        ],
      ],
      [
        'isMissing',
        '<SimplePredicate field="c" operator="isMissing"/>',
        [
          [0, 'a', 0],
          [0, null, 1],
        ],
      ],
      [
        'isNotMissing',
        '<SimplePredicate field="c" operator="isNotMissing"/>',
        [
          [0, 'a', 1],
          [0, null, 0],
        ],
      ],
      [
        'notEqual',
        toSimple('c', 'notEqual', 'a'),
        [
          [0, 'a', 0],
          [0, 'b', 1],
          [0, null, 0],
        ],
      ],
      ['False', '<False/>', [[0, 'a', 0]]],
    ] as [string, string, [number | null, string | null, number][]][]) {
      it(`evaluates ${name}`, async () => {
        const document = toRegression(leaf(1, predicate), 'noTrueChildStrategy="returnLastPrediction"');
        const { predictions } = await scoreRows(
          document,
          rows.map(([x, c]) => [x, c]),
        );
        expect(predictions).to.deep.equal(rows.map(([, , expected]) => expected));
      });
    }

    it('tells unknown from false where missingValueStrategy does', async () => {
      // With lastPrediction, unknown ends at the root, and false goes on to the next child.
      const document = toRegression(
        leaf(1, compound('and', BELOW, IS_A)) + leaf(2, '<True/>'),
        'missingValueStrategy="lastPrediction"',
      );
      const { predictions } = await scoreRows(document, [
        [9, null],
        [1, null],
        [1, 'a'],
        [1, 'b'],
      ]);
      expect(predictions).to.deep.equal([2, 0, 1, 2]);
    });

    it('compares an ordinal field by the order of its values', async () => {
      const size =
        '<DataField name="c" optype="ordinal" dataType="string"><Value value="small"/><Value value="medium"/><Value value="large"/></DataField>';
      const document = toRegression(
        leaf(1, toSimple('c', 'lessThan', 'large')) + leaf(2, '<True/>'),
        '',
        toNumber('x') + size,
      );
      expect(
        (
          await scoreRows(document, [
            [0, 'small'],
            [0, 'medium'],
            [0, 'large'],
          ])
        ).predictions,
      ).to.deep.equal([1, 1, 2]);
    });

    it('compares a float in 32 bits and a double in 64', async () => {
      // As a float, 0.1 is 0.10000000149011612.
      for (const [type, expected] of [
        ['float', [1, 1]],
        ['double', [1, 0]],
      ] as const) {
        const document = toRegression(
          leaf(1, toSimple('x', 'lessOrEqual', '0.1')) + leaf(0, toSimple('x', 'greaterThan', '0.1')),
          '',
          toNumber('x', type) + toCategories('c', 'a'),
        );
        const rows = [
          [0.1, 'a'],
          [0.10000000149011612, 'a'],
        ];
        expect((await scoreRows(document, rows)).predictions, type).to.deep.equal(expected);
      }
    });
  });
});
