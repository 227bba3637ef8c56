import { expect } from 'chai';
import { EngineError } from '../../../../errors/engine-error.ts';
import { catchError } from '../../../support/deployment.ts';
import { scoreRows, toCategories, toNumber, toPmml, toSchema } from '../../../support/pmml.ts';

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/** Expects the probabilities of one row, in the order of the classes. */
async function expectShares(document: string, row: readonly unknown[], ...shares: readonly number[]): Promise<void> {
  const { predictions, probabilities } = await scoreRows(document, [row]);
  shares.forEach((share, index) => expect(probabilities?.[0]?.[index]).to.be.closeTo(share, 1e-12));
  expect(predictions[0]).to.equal(['a', 'b', 'c'][shares.indexOf(Math.max(...shares))]);
}

async function expectNumber(document: string, row: readonly unknown[], expected: number): Promise<void> {
  const { predictions } = await scoreRows(document, [row]);
  expect(predictions[0]).to.be.closeTo(expected, 1e-12 * Math.max(1, Math.abs(expected)));
}

const NUMBERS = toNumber('y') + toNumber('x') + toCategories('c', 'u', 'v', 'w');

describe('a RegressionModel of PMML', () => {
  const toTable = (attributes: string, terms = '<NumericPredictor name="x" coefficient="2"/>') =>
    `<RegressionTable ${attributes}>${terms}</RegressionTable>`;
  const toRegression = (link: string, tables: string, name = 'regression', y = '') =>
    toPmml(
      y === '' ? NUMBERS : y + toNumber('x') + toCategories('c', 'u', 'v', 'w'),
      `<RegressionModel functionName="${name}" normalizationMethod="${link}">${toSchema('y', 'x', 'c')}${tables}</RegressionModel>`,
    );

  it('adds numbers, powers, categories and products', async () => {
    const document = toRegression(
      'none',
      toTable(
        'intercept="1"',
        `<NumericPredictor name="x" exponent="2" coefficient="3"/><CategoricalPredictor name="c" value="u" coefficient="10"/>
<CategoricalPredictor name="c" value="v" coefficient="20"/><PredictorTerm coefficient="0.5"><FieldRef field="x"/><FieldRef field="x"/><FieldRef field="x"/></PredictorTerm>`,
      ),
    );
    // 1 + 3·4 + 0.5·8, and what the category adds; a missing one adds nothing.
    const rows = [
      [2, 'u'],
      [2, 'v'],
      [2, 'w'],
      [2, null],
    ];
    expect((await scoreRows(document, rows)).predictions).to.deep.equal([27, 37, 17, 17]);
    const error = await catchError(EngineError, () => scoreRows(document, [[null, 'u']]));
    expect(error.message).to.equal('values[0]: the model has no prediction for this row.');
  });

  for (const [link, expected] of [
    ['none', 1.5],
    ['exp', Math.exp(1.5)],
    ['softmax', logistic(1.5)],
    ['logit', logistic(1.5)],
    ['cloglog', 1 - Math.exp(-Math.exp(1.5))],
    ['loglog', Math.exp(-Math.exp(-1.5))],
    ['cauchit', 0.5 + Math.atan(1.5) / Math.PI],
    // Φ(1.5), from a table.
    ['probit', 0.9331927987311419],
  ] as const) {
    it(`normalizes a number by ${link}`, () =>
      expectNumber(toRegression(link, toTable('intercept="0.5"')), [0.5, 'u'], expected));
  }

  const AB = toCategories('y', 'a', 'b');
  const ABC = toCategories('y', 'a', 'b', 'c');
  const second = toTable('targetCategory="b" intercept="0"', '');

  it('gives two classes what logit says of the first, and the rest', () =>
    expectShares(
      toRegression('logit', toTable('targetCategory="a" intercept="0.5"') + second, 'classification', AB),
      [1, 'u'],
      logistic(2.5),
      logistic(-2.5),
    ));

  it('counts classes in the order of the data dictionary, whatever the order of the tables', () =>
    expectShares(
      toRegression(
        'logit',
        toTable('targetCategory="b" intercept="0.5"') + toTable('targetCategory="a" intercept="0"', ''),
        'classification',
        AB,
      ),
      [1, 'u'],
      logistic(-2.5),
      logistic(2.5),
    ));

  it('gives several classes a softmax or shares of their sum', async () => {
    const tables =
      toTable('targetCategory="a" intercept="1"') +
      toTable('targetCategory="b" intercept="2"', '') +
      toTable('targetCategory="c" intercept="0"');
    const sum = Math.exp(3) + Math.exp(2) + Math.exp(2);
    await expectShares(
      toRegression('softmax', tables, 'classification', ABC),
      [1, 'u'],
      Math.exp(3) / sum,
      Math.exp(2) / sum,
      Math.exp(2) / sum,
    );
    await expectShares(toRegression('simplemax', tables, 'classification', ABC), [1, 'u'], 3 / 7, 2 / 7, 2 / 7);
  });

  it('gives ordinal classes the differences of cumulative probabilities', () => {
    const y = ABC.replace('categorical', 'ordinal');
    const tables =
      toTable('targetCategory="a" intercept="-1"', '') +
      toTable('targetCategory="b" intercept="1"', '') +
      toTable('targetCategory="c" intercept="0"', '');
    return expectShares(
      toRegression('logit', tables, 'classification', y),
      [1, 'u'],
      logistic(-1),
      logistic(1) - logistic(-1),
      1 - logistic(1),
    );
  });

  it('predicts the greatest number, without probabilities, where nothing is normalized', async () => {
    const tables =
      toTable('targetCategory="a" intercept="0.4"', '') +
      toTable('targetCategory="b" intercept="0.5"', '') +
      toTable('targetCategory="c" intercept="0"', '');
    expect(await scoreRows(toRegression('none', tables, 'classification', ABC), [[1, 'u']])).to.deep.equal({
      predictions: ['b'],
    });
  });

  it('names classes by numbers where the target is one', async () => {
    const y =
      '<DataField name="y" optype="categorical" dataType="integer"><Value value="7"/><Value value="3"/></DataField>';
    const tables = toTable('targetCategory="7" intercept="1"') + toTable('targetCategory="3" intercept="0"', '');
    expect(
      (
        await scoreRows(toRegression('logit', tables, 'classification', y), [
          [0, 'u'],
          [-9, 'u'],
        ])
      ).predictions,
    ).to.deep.equal([7, 3]);
  });
});

describe('a GeneralRegressionModel of PMML', () => {
  // Parameters: 1, x, x², [c = u], x·[c = u]
  const toGeneral = (attributes: string, cells: string, y: string) =>
    toPmml(
      y + toNumber('x') + toCategories('c', 'u', 'v'),
      `<GeneralRegressionModel ${attributes}>${toSchema('y', 'x', 'c')}
<ParameterList><Parameter name="p0"/><Parameter name="p1"/><Parameter name="p2"/><Parameter name="p3"/><Parameter name="p4"/></ParameterList>
<FactorList><Predictor name="c"/></FactorList><CovariateList><Predictor name="x"/></CovariateList>
<PPMatrix><PPCell value="1" predictorName="x" parameterName="p1"/><PPCell value="2" predictorName="x" parameterName="p2"/><PPCell value="u" predictorName="c" parameterName="p3"/>
<PPCell value="1" predictorName="x" parameterName="p4"/><PPCell value="u" predictorName="c" parameterName="p4"/></PPMatrix>
<ParamMatrix>${cells}</ParamMatrix></GeneralRegressionModel>`,
    );
  const toCell = (name: string, beta: number, category = '') =>
    `<PCell parameterName="${name}" beta="${beta}"${category === '' ? '' : ` targetCategory="${category}"`}/>`;
  const CELLS = toCell('p0', 0.5) + toCell('p1', 0.1) + toCell('p2', 0.01) + toCell('p3', 0.3) + toCell('p4', 0.2);
  // With x = 2 and c = u: 0.5 + 0.2 + 0.04 + 0.3 + 0.4; with c = v: 0.5 + 0.2 + 0.04.
  const SUM = 1.44;

  it('is a general linear model', async () => {
    const document = toGeneral('functionName="regression" modelType="generalLinear"', CELLS, toNumber('y'));
    await expectNumber(document, [2, 'u'], SUM);
    await expectNumber(document, [2, 'v'], 0.74);
  });

  for (const [attributes, expected] of [
    ['linkFunction="identity"', SUM],
    ['linkFunction="log"', Math.exp(SUM)],
    ['linkFunction="logc"', 1 - Math.exp(SUM)],
    ['linkFunction="logit"', logistic(SUM)],
    ['linkFunction="cloglog"', 1 - Math.exp(-Math.exp(SUM))],
    ['linkFunction="loglog"', Math.exp(-Math.exp(-SUM))],
    ['linkFunction="power" linkParameter="2"', Math.sqrt(SUM)],
    ['linkFunction="power" linkParameter="0"', Math.exp(SUM)],
    ['linkFunction="oddspower" linkParameter="2"', 1 / (1 + (1 + 2 * SUM) ** -0.5)],
    ['linkFunction="negbin" distParameter="2"', 1 / (2 * (Math.exp(-SUM) - 1))],
    ['linkFunction="log" offsetValue="0.06"', Math.exp(1.5)],
    ['linkFunction="logit" trialsValue="10"', 10 * logistic(SUM)],
    ['linkFunction="log" offsetVariable="x"', Math.exp(SUM + 2)],
  ] as const) {
    it(`has the link of ${attributes}`, () =>
      expectNumber(
        toGeneral(`functionName="regression" modelType="generalizedLinear" ${attributes}`, CELLS, toNumber('y')),
        [2, 'u'],
        expected,
      ));
  }

  it('is a multinomial logistic model', () => {
    const cells = toCell('p0', 1, 'a') + toCell('p1', 0.5, 'a') + toCell('p0', -1, 'b') + toCell('p3', 2, 'b');
    const document = toGeneral(
      'functionName="classification" modelType="multinomialLogistic" targetReferenceCategory="c"',
      cells,
      toCategories('y', 'a', 'b', 'c'),
    );
    // a: 1 + 0.5·2 = 2; b: -1 + 2 = 1; c: 0
    const sum = Math.exp(2) + Math.exp(1) + 1;
    return expectShares(document, [2, 'u'], Math.exp(2) / sum, Math.exp(1) / sum, 1 / sum);
  });

  it('is a cumulative model of ordinal classes', () => {
    const cells = toCell('p0', -1, 'a') + toCell('p0', 1, 'b') + toCell('p1', 0.25);
    const document = toGeneral(
      'functionName="classification" modelType="ordinalMultinomial" cumulativeLink="logit"',
      cells,
      toCategories('y', 'a', 'b', 'c').replace('categorical', 'ordinal'),
    );
    // The cumulative probabilities of a and b are logistic(-1 + 0.5) and logistic(1 + 0.5).
    return expectShares(document, [2, 'u'], logistic(-0.5), logistic(1.5) - logistic(-0.5), 1 - logistic(1.5));
  });

  it('is a logistic model of two classes', () => {
    const document = toGeneral(
      'functionName="classification" modelType="generalizedLinear" linkFunction="logit" targetReferenceCategory="b"',
      CELLS,
      toCategories('y', 'a', 'b'),
    );
    return expectShares(document, [2, 'u'], logistic(SUM), logistic(-SUM));
  });
});

describe('a Scorecard of PMML', () => {
  const document = toPmml(
    NUMBERS,
    `<Scorecard functionName="regression" initialScore="100" useReasonCodes="true" reasonCodeAlgorithm="pointsBelow" baselineMethod="max">
${toSchema('y', 'x', 'c')}<Characteristics>
<Characteristic name="first" reasonCode="R1" baselineScore="9"><Attribute partialScore="1"><SimplePredicate field="x" operator="isMissing"/></Attribute>
<Attribute partialScore="-5"><SimplePredicate field="x" operator="lessThan" value="10"/></Attribute>
<Attribute><SimplePredicate field="x" operator="greaterOrEqual" value="10"/><ComplexPartialScore><Apply function="*"><FieldRef field="x"/><Constant>2</Constant></Apply></ComplexPartialScore></Attribute></Characteristic>
<Characteristic name="second" reasonCode="R2" baselineScore="9"><Attribute partialScore="7"><SimplePredicate field="c" operator="equal" value="u"/></Attribute>
<Attribute partialScore="20"><SimplePredicate field="c" operator="notEqual" value="u"/></Attribute></Characteristic>
</Characteristics></Scorecard>`,
  );

  it('adds the score of the first attribute that is true, of each characteristic', async () => {
    // 100 - 5 + 7; 100 + 24 + 20; 100 + 1 + 7
    const rows = [
      [1, 'u'],
      [12, 'v'],
      [null, 'u'],
    ];
    expect((await scoreRows(document, rows)).predictions).to.deep.equal([102, 144, 108]);
  });

  it('has no prediction where no attribute of a characteristic is true', async () => {
    const error = await catchError(EngineError, () => scoreRows(document, [[1, null]]));
    expect(error.message).to.equal('values[0]: the model has no prediction for this row.');
  });
});

describe('a RuleSetModel of PMML', () => {
  const rule = (score: string, weight: number, value: number) =>
    `<SimpleRule score="${score}" weight="${weight}"><SimplePredicate field="x" operator="greaterThan" value="${value}"/></SimpleRule>`;
  const toRules = (criterion: string) =>
    toPmml(
      toCategories('y', 'a', 'b', 'c') + toNumber('x') + toCategories('c', 'u', 'v'),
      `<RuleSetModel functionName="classification">${toSchema('y', 'x', 'c')}<RuleSet defaultScore="c"><RuleSelectionMethod criterion="${criterion}"/>
${rule('a', 0.5, 10)}${rule('b', 0.6, 5)}
<CompoundRule><SimplePredicate field="c" operator="equal" value="u"/>${rule('a', 0.3, 0)}${rule('c', 0.2, 0)}</CompoundRule></RuleSet></RuleSetModel>`,
    );
  // Rules that fire: a 0.5, b 0.6, a 0.3, c 0.2; b 0.6, a 0.3, c 0.2; a 0.3, c 0.2; none.
  const rows = [
    [20, 'u'],
    [7, 'u'],
    [1, 'u'],
    [1, 'v'],
    [7, 'v'],
  ];
  for (const [criterion, expected] of [
    ['firstHit', ['a', 'b', 'a', 'c', 'b']],
    ['weightedSum', ['a', 'b', 'a', 'c', 'b']],
    ['weightedMax', ['b', 'b', 'a', 'c', 'b']],
  ] as const) {
    it(`selects rules by ${criterion}`, async () => {
      expect(await scoreRows(toRules(criterion), rows)).to.deep.equal({ predictions: expected });
    });
  }
});

describe('a NeuralNetwork of PMML', () => {
  const toNetwork = (
    activation: string,
    { layer = '', end = '', name = 'regression', y = toNumber('y'), more = '' } = {},
  ) =>
    toPmml(
      y + toNumber('x') + toCategories('c', 'u', 'v'),
      `<NeuralNetwork functionName="${name}" activationFunction="${activation}" threshold="0.25">${toSchema('y', 'x', 'c')}
<NeuralInputs><NeuralInput id="0"><DerivedField optype="continuous" dataType="double"><NormContinuous field="x"><LinearNorm orig="0" norm="0"/><LinearNorm orig="10" norm="1"/></NormContinuous></DerivedField></NeuralInput>
<NeuralInput id="1"><DerivedField optype="continuous" dataType="double"><NormDiscrete field="c" value="u"/></DerivedField></NeuralInput></NeuralInputs>
<NeuralLayer ${layer}><Neuron id="2" bias="0.1"><Con from="0" weight="2"/><Con from="1" weight="-0.5"/></Neuron>${more}</NeuralLayer>
<NeuralOutputs>${end === '' ? '<NeuralOutput outputNeuron="2"><DerivedField optype="continuous" dataType="double"><FieldRef field="y"/></DerivedField></NeuralOutput>' : end}</NeuralOutputs></NeuralNetwork>`,
    );
  // x = 4 becomes 0.4, and u 1: 0.1 + 0.8 - 0.5
  const z = 0.4;
  for (const [activation, expected] of [
    ['threshold', 1],
    ['logistic', logistic(z)],
    ['tanh', Math.tanh(z)],
    ['identity', z],
    ['exponential', Math.exp(z)],
    ['reciprocal', 1 / z],
    ['square', z * z],
    ['Gauss', Math.exp(-z * z)],
    ['sine', Math.sin(z)],
    ['cosine', Math.cos(z)],
    ['Elliott', z / (1 + z)],
    ['arctan', (2 * Math.atan(z)) / Math.PI],
    ['rectifier', z],
  ] as const) {
    it(`has the activation function ${activation}`, () => expectNumber(toNetwork(activation), [4, 'u'], expected));
  }

  it('has radial basis functions', () =>
    // The squared distance from (2, -0.5) to (0.4, 1) is 2.56 + 2.25; altitude² · exp(-distance / (2 · 4))
    expectNumber(toNetwork('radialBasis', { layer: 'width="2" altitude="3"' }), [4, 'u'], 9 * Math.exp(-4.81 / 8)));

  it('scales its output back', () => {
    const end =
      '<NeuralOutput outputNeuron="2"><DerivedField optype="continuous" dataType="double"><NormContinuous field="y"><LinearNorm orig="100" norm="0"/><LinearNorm orig="200" norm="1"/></NormContinuous></DerivedField></NeuralOutput>';
    return expectNumber(toNetwork('identity', { end }), [4, 'u'], 140);
  });

  it('gives classes a softmax', () => {
    const toEnd = (neuron: number, value: string) =>
      `<NeuralOutput outputNeuron="${neuron}"><DerivedField optype="continuous" dataType="double"><NormDiscrete field="y" value="${value}"/></DerivedField></NeuralOutput>`;
    const document = toNetwork('identity', {
      layer: 'normalizationMethod="softmax"',
      name: 'classification',
      y: toCategories('y', 'a', 'b'),
      more: '<Neuron id="3" bias="0.2"/>',
      end: toEnd(3, 'b') + toEnd(2, 'a'),
    });
    return expectShares(document, [4, 'u'], logistic(0.2), logistic(-0.2));
  });
});

describe('a NaiveBayesModel of PMML', () => {
  const counts = (a: number, b: number) =>
    `<TargetValueCounts><TargetValueCount value="a" count="${a}"/><TargetValueCount value="b" count="${b}"/></TargetValueCounts>`;
  const toBayes = (x: string) =>
    toPmml(
      toCategories('y', 'a', 'b') + toNumber('x') + toCategories('c', 'u', 'v', 'w'),
      `<NaiveBayesModel functionName="classification" threshold="0.001">${toSchema('y', 'x', 'c')}
<BayesInputs><BayesInput fieldName="x">${x}</BayesInput>
<BayesInput fieldName="c"><PairCounts value="u">${counts(6, 1)}</PairCounts><PairCounts value="v">${counts(4, 4)}</PairCounts><PairCounts value="w">${counts(0, 5)}</PairCounts></BayesInput></BayesInputs>
<BayesOutput fieldName="y">${counts(10, 20)}</BayesOutput></NaiveBayesModel>`,
    );
  const bins = `<DerivedField optype="categorical" dataType="string"><Discretize field="x"><DiscretizeBin binValue="low"><Interval closure="openOpen" rightMargin="5"/></DiscretizeBin><DiscretizeBin binValue="high"><Interval closure="closedOpen" leftMargin="5"/></DiscretizeBin></Discretize></DerivedField>
<PairCounts value="low">${counts(2, 15)}</PairCounts><PairCounts value="high">${counts(8, 5)}</PairCounts>`;
  const share = (a: number, b: number) => [a / (a + b), b / (a + b)];

  it('multiplies shares of counts, and leaves missing values out', async () => {
    await expectShares(toBayes(bins), [3, 'u'], ...share(10 * (2 / 10) * (6 / 10), 20 * (15 / 20) * (1 / 10)));
    await expectShares(toBayes(bins), [7, 'v'], ...share(10 * (8 / 10) * (4 / 10), 20 * (5 / 20) * (4 / 10)));
    await expectShares(toBayes(bins), [null, 'u'], ...share(10 * (6 / 10), 20 * (1 / 10)));
    // A count of 0 counts as the threshold.
    await expectShares(toBayes(bins), [3, 'w'], ...share(10 * (2 / 10) * 0.001, 20 * (15 / 20) * (5 / 10)));
  });

  it('takes densities of numbers', async () => {
    const stats = `<TargetValueStats><TargetValueStat value="a"><GaussianDistribution mean="1" variance="4"/></TargetValueStat><TargetValueStat value="b"><GaussianDistribution mean="3" variance="1"/></TargetValueStat></TargetValueStats>`;
    const a = Math.exp(-1 / 8) / Math.sqrt(8 * Math.PI);
    const b = Math.exp(-1 / 2) / Math.sqrt(2 * Math.PI);
    await expectShares(toBayes(stats), [2, 'v'], ...share(10 * a * 0.4, 20 * b * 0.4));
    const poisson = stats.replaceAll('Gaussian', 'Poisson').replaceAll(/ variance="\d"/g, '');
    // e⁻¹/2 and e⁻³·9/2
    await expectShares(toBayes(poisson), [2, 'v'], ...share((10 * Math.exp(-1)) / 2, (20 * Math.exp(-3) * 9) / 2));
  });
});

describe('a SupportVectorMachineModel of PMML', () => {
  // The vectors (1, 0) and (0, 2); the category u is 1.
  const toMachines = (kernel: string, machines: string, attributes = '', y = toNumber('y'), name = 'regression') =>
    toPmml(
      y + toNumber('x') + toCategories('c', 'u', 'v'),
      `<SupportVectorMachineModel functionName="${name}" ${attributes}>${toSchema('y', 'x', 'c')}${kernel}
<VectorDictionary><VectorFields><FieldRef field="x"/><CategoricalPredictor name="c" value="u" coefficient="1"/></VectorFields>
<VectorInstance id="one"><Array type="real">1 0</Array></VectorInstance><VectorInstance id="two"><REAL-SparseArray n="2"><Indices>2</Indices><REAL-Entries>2</REAL-Entries></REAL-SparseArray></VectorInstance></VectorDictionary>${machines}</SupportVectorMachineModel>`,
    );
  const toMachine = (attributes: string, first: number, second: number, offset: number) =>
    `<SupportVectorMachine ${attributes}><SupportVectors><SupportVector vectorId="one"/><SupportVector vectorId="two"/></SupportVectors>
<Coefficients absoluteValue="${offset}"><Coefficient value="${first}"/><Coefficient value="${second}"/></Coefficients></SupportVectorMachine>`;
  // The row (3, 1): products 3 and 2, squared distances 5 and 10.
  const row = [3, 'u'];
  for (const [kernel, expected] of [
    ['<LinearKernelType/>', 0.5 + 2 * 3 - 1 * 2],
    ['<PolynomialKernelType gamma="0.5" coef0="1" degree="2"/>', 0.5 + 2 * 2.5 ** 2 - 2 ** 2],
    ['<RadialBasisKernelType gamma="0.1"/>', 0.5 + 2 * Math.exp(-0.5) - Math.exp(-1)],
    ['<SigmoidKernelType gamma="0.1" coef0="0.2"/>', 0.5 + 2 * Math.tanh(0.5) - Math.tanh(0.4)],
  ] as const) {
    it(`has the kernel ${kernel}`, () => expectNumber(toMachines(kernel, toMachine('', 2, -1, 0.5)), row, expected));
  }

  it('lets machines vote, one for each pair of classes', async () => {
    // Decisions with the linear kernel: 3, -2 and -1. A decision below 0 is for the target category.
    const machines =
      toMachine('targetCategory="a" alternateTargetCategory="b"', 1, 0, 0) +
      toMachine('targetCategory="a" alternateTargetCategory="c"', 0, -1, 0) +
      toMachine('targetCategory="b" alternateTargetCategory="c"', 0, 0, -1);
    const y = toCategories('y', 'a', 'b', 'c');
    const document = toMachines(
      '<LinearKernelType/>',
      machines,
      'classificationMethod="OneAgainstOne"',
      y,
      'classification',
    );
    expect(await scoreRows(document, [row])).to.deep.equal({ predictions: ['b'] });
  });

  it('takes the class with the minimum decision value, one machine per class, or with the maximum', async () => {
    const machines =
      toMachine('targetCategory="a"', 1, 0, 0) +
      toMachine('targetCategory="b"', 0, -1, 0) +
      toMachine('targetCategory="c"', 0, 0, -1);
    const y = toCategories('y', 'a', 'b', 'c');
    const toDocument = (attributes: string) =>
      toMachines('<LinearKernelType/>', machines, attributes, y, 'classification');
    expect((await scoreRows(toDocument(''), [row])).predictions).to.deep.equal(['b']);
    expect((await scoreRows(toDocument('maxWins="true"'), [row])).predictions).to.deep.equal(['a']);
  });
});
