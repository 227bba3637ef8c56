import { expect } from 'chai';
import { EngineError } from '../../../../errors/engine-error.ts';
import { catchError } from '../../../support/deployment.ts';
import { scoreRows, toCategories, toNumber, toPmml, toSchema } from '../../../support/pmml.ts';

/** A segment that gives a number, or none where the predicate of its only node is false. */
function toConstant(value: number, weight: number, node = '<True/>'): string {
  return `<Segment weight="${weight}"><True/><TreeModel functionName="regression">${toSchema('y', 'x')}
<Node score="${value}">${node}</Node></TreeModel></Segment>`;
}

function toMining(method: string, segments: string, attributes = '', fields = toNumber('y') + toNumber('x')): string {
  return toPmml(
    fields,
    `<MiningModel functionName="regression">${toSchema('y', 'x')}
<Segmentation multipleModelMethod="${method}" ${attributes}>${segments}</Segmentation></MiningModel>`,
  );
}

/** A segment with the probabilities of a, b and c. */
function toShares(shares: readonly [number, number, number], weight: number): string {
  const best = 'abc'.charAt(shares.indexOf(Math.max(...shares)));
  const list = shares.map(
    (share, index) =>
      `<ScoreDistribution value="${'abc'.charAt(index)}" recordCount="${share * 10}" probability="${share}"/>`,
  );
  return `<Segment weight="${weight}"><True/><TreeModel functionName="classification">${toSchema('y', 'x')}
<Node score="${best}"><True/>${list.join('')}</Node></TreeModel></Segment>`;
}

function toClasses(method: string, segments: string): string {
  return toPmml(
    toCategories('y', 'a', 'b', 'c') + toNumber('x'),
    `<MiningModel functionName="classification">${toSchema('y', 'x')}
<Segmentation multipleModelMethod="${method}">${segments}</Segmentation></MiningModel>`,
  );
}

const ABOVE = '<SimplePredicate field="x" operator="greaterThan" value="5"/>';

describe('a MiningModel of PMML', () => {
  // 1, 2 and 6 with the weights 1, 1 and 3.
  const NUMBERS = toConstant(1, 1) + toConstant(2, 1) + toConstant(6, 3);
  for (const [method, expected] of [
    ['sum', 9],
    ['weightedSum', 1 + 2 + 18],
    ['average', 3],
    ['weightedAverage', 21 / 5],
    ['median', 2],
    // Half of the weight is 2.5: 1 and 2 reach 2.
    ['weightedMedian', 6],
    ['max', 6],
    ['selectFirst', 1],
    ['modelChain', 6],
  ] as const) {
    it(`combines numbers by ${method}`, async () => {
      expect((await scoreRows(toMining(method, NUMBERS), [[0]])).predictions).to.deep.equal([expected]);
    });
  }

  it('takes the mean of the two middle numbers as the median of an even count', async () => {
    const document = toMining('median', NUMBERS + toConstant(3, 1));
    expect((await scoreRows(document, [[0]])).predictions).to.deep.equal([2.5]);
  });

  // a wins twice by a little, and c once by much.
  const SHARES = toShares([0.5, 0.4, 0.1], 1) + toShares([0.4, 0.3, 0.3], 1) + toShares([0, 0.1, 0.9], 3);
  for (const [method, winner, shares] of [
    ['majorityVote', 'a', [2 / 3, 0, 1 / 3]],
    ['weightedMajorityVote', 'c', [2 / 5, 0, 3 / 5]],
    ['average', 'c', [0.3, 0.8 / 3, 1.3 / 3]],
    ['weightedAverage', 'c', [0.9 / 5, (0.4 + 0.3 + 0.3) / 5, (0.1 + 0.3 + 2.7) / 5]],
    // The third has the greatest probability of all.
    ['max', 'c', [0, 0.1, 0.9]],
    ['selectFirst', 'a', [0.5, 0.4, 0.1]],
    ['modelChain', 'c', [0, 0.1, 0.9]],
  ] as const) {
    it(`combines classes by ${method}`, async () => {
      const { predictions, probabilities } = await scoreRows(toClasses(method, SHARES), [[0]]);
      expect(predictions).to.deep.equal([winner]);
      shares.forEach((share, index) => expect(probabilities?.[0]?.[index]).to.be.closeTo(share, 1e-12));
    });
  }

  it('takes the first of the classes that have as many votes', async () => {
    const document = toClasses('majorityVote', toShares([0, 0, 1], 1) + toShares([0, 1, 0], 1));
    expect((await scoreRows(document, [[0]])).predictions).to.deep.equal(['b']);
  });

  it('evaluates only segments whose predicate is true, and none that is unknown', async () => {
    const segments = toConstant(1, 1).replace('<True/>', ABOVE) + toConstant(2, 1);
    const rows = [[9], [1], [null]];
    expect((await scoreRows(toMining('selectFirst', segments), rows)).predictions).to.deep.equal([1, 2, 2]);
    expect((await scoreRows(toMining('sum', segments), rows)).predictions).to.deep.equal([3, 2, 2]);
    expect((await scoreRows(toMining('average', segments), rows)).predictions).to.deep.equal([1.5, 2, 2]);
  });

  describe('where a segment has no prediction', () => {
    // For 1, the second segment has none.
    const segments = toConstant(1, 1) + toConstant(2, 1, ABOVE);
    const expectNone = async (document: string, message: string) =>
      expect((await catchError(EngineError, () => scoreRows(document, [[9], [1]]))).message).to.equal(
        `values[1]: ${message}.`,
      );

    it('rejects the row', async () => {
      await expectNone(toMining('sum', segments), 'a segment of the model has no prediction for this row');
      await expectNone(
        toMining('sum', segments, 'missingPredictionTreatment="returnMissing"'),
        'the model has no prediction for this row',
      );
    });

    it('leaves the segment out with skipSegment, up to the threshold', async () => {
      const skip = 'missingPredictionTreatment="skipSegment"';
      expect((await scoreRows(toMining('average', segments, skip), [[9], [1]])).predictions).to.deep.equal([1.5, 1]);
      await expectNone(
        toMining('average', segments, `${skip} missingThreshold="0.4"`),
        'the model has no prediction for this row',
      );
    });

    it('takes the default value of its target', async () => {
      const targets = '<Targets><Target field="y"><TargetValue defaultValue="10"/></Target></Targets>';
      const document = toMining('sum', segments).replaceAll('<Node', `${targets}<Node`);
      expect((await scoreRows(document, [[9], [1]])).predictions).to.deep.equal([3, 11]);
    });
  });

  it('hands outputs of a segment to the next ones in a chain', async () => {
    const first = `<Segment><True/><RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema>
<Output><OutputField name="double x" optype="continuous" dataType="double"/>
<OutputField name="more" optype="continuous" dataType="double" feature="transformedValue"><Apply function="+"><FieldRef field="double x"/><Constant>0.5</Constant></Apply></OutputField></Output>
<RegressionTable intercept="0"><NumericPredictor name="x" coefficient="2"/></RegressionTable></RegressionModel></Segment>`;
    const second = `<Segment><True/><RegressionModel functionName="regression">${toSchema('y', 'double x', 'more', 'x')}
<RegressionTable intercept="100"><NumericPredictor name="double x" coefficient="1"/><NumericPredictor name="more" coefficient="10"/></RegressionTable></RegressionModel></Segment>`;
    // x = 3: 6, then 6.5; 100 + 6 + 65.
    expect((await scoreRows(toMining('modelChain', first + second), [[3]])).predictions).to.deep.equal([171]);
  });

  it('hands classes and probabilities to the next ones in a chain', async () => {
    const first = `<Segment><True/><TreeModel functionName="classification"><MiningSchema><MiningField name="x"/></MiningSchema>
<Output><OutputField name="kind" optype="categorical" dataType="string"/><OutputField name="p" optype="continuous" dataType="double" feature="probability" value="high"/>
<OutputField name="node" optype="categorical" dataType="string" feature="entityId"/></Output>
<Node id="root"><True/>
<Node id="up" score="high">${ABOVE}<ScoreDistribution value="high" recordCount="3"/><ScoreDistribution value="low" recordCount="1"/></Node>
<Node id="down" score="low"><True/><ScoreDistribution value="high" recordCount="1"/><ScoreDistribution value="low" recordCount="1"/></Node>
</Node></TreeModel></Segment>`;
    const second = `<Segment><True/><RegressionModel functionName="regression">${toSchema('y', 'kind', 'p', 'node')}
<RegressionTable intercept="0"><NumericPredictor name="p" coefficient="1"/><CategoricalPredictor name="kind" value="high" coefficient="10"/>
<CategoricalPredictor name="node" value="down" coefficient="100"/></RegressionTable></RegressionModel></Segment>`;
    // 0.75 and 10 for high; 0.5 and 100 for the node down.
    expect((await scoreRows(toMining('modelChain', first + second), [[9], [1]])).predictions).to.deep.equal([
      10.75, 100.5,
    ]);
  });

  it('sums in 32 bits with x-mathContext="float"', async () => {
    const document = toMining('sum', toConstant(16777216, 1) + toConstant(1, 1) + toConstant(1, 1));
    expect((await scoreRows(document, [[0]])).predictions).to.deep.equal([16777218]);
    // 16777216 is 2²⁴: in 32 bits, adding 1 changes nothing.
    const float = document.replaceAll('functionName', 'x-mathContext="float" functionName');
    expect((await scoreRows(float, [[0]])).predictions).to.deep.equal([16777216]);
  });

  it('changes predictions as Target says: bounds, then scale, then integers', async () => {
    const target = (attributes: string) => `<Targets><Target field="y" ${attributes}/></Targets>`;
    for (const [attributes, expected] of [
      ['min="5"', [5, 9]],
      ['max="8"', [1, 8]],
      ['rescaleFactor="2" rescaleConstant="1"', [3, 19]],
      ['max="8" rescaleFactor="2" rescaleConstant="1"', [3, 17]],
      ['rescaleFactor="0.5" castInteger="round"', [1, 5]],
      ['rescaleFactor="0.5" castInteger="floor"', [0, 4]],
      ['rescaleFactor="0.5" castInteger="ceiling"', [1, 5]],
    ] as [string, number[]][]) {
      const model = `<RegressionModel functionName="regression">${toSchema('y', 'x')}${target(attributes)}
<RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable></RegressionModel>`;
      const document = toPmml(toNumber('y') + toNumber('x'), model);
      expect((await scoreRows(document, [[1], [9]])).predictions, attributes).to.deep.equal(expected);
    }
  });
});
