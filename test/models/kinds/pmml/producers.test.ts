import { expect } from 'chai';
import { EngineError } from '../../../../errors/engine-error.ts';
import { catchError } from '../../../support/deployment.ts';
import { describeFile, scoreRows, toCategories, toNumber, toPmml, toSchema } from '../../../support/pmml.ts';

/*
 * Files as other applications write them, smaller. The scores were computed by hand, and compared with those of JPMML where it
 * evaluates the file.
 */

const IRIS = `${toNumber('width')}${toNumber('length')}`;

describe('a file in PMML of', () => {
  it('SAS: a tree with surrogates, whose values and classes are written with blanks', async () => {
    const toNode = (id: number, score: string, a: number, b: number, predicate: string) =>
      `<Node id="${id}" score="${score}" recordCount="${a + b}">${predicate}<ScoreDistribution value="A" recordCount="${a}" confidence="0.5"/><ScoreDistribution value="B" recordCount="${b}" confidence="0.5"/>`;
    const surrogate = (operator: string) =>
      `<CompoundPredicate booleanOperator="surrogate"><SimplePredicate field="width" operator="${operator}" value="    0.8"/><SimplePredicate field="length" operator="${operator}" value="   2.45"/><False/></CompoundPredicate>`;
    const document = toPmml(
      `${IRIS}<DataField name="species" optype="categorical" dataType="string"/>`,
      `<TreeModel functionName="classification" splitCharacteristic="multiSplit"><MiningSchema><MiningField name="species" usageType="predicted" optype="categorical"/><MiningField name="width" usageType="active" optype="continuous"/><MiningField name="length"/></MiningSchema>
<Output><OutputField name="P_A " displayName="Predicted: A" optype="continuous" dataType="double" targetField="species" feature="probability" value="A"/><OutputField name="R_A" optype="continuous" dataType="double" targetField="species" feature="residual" value="A"/></Output>
<Targets><Target field="species" optype="categorical"><TargetValue value="B" rawDataValue="iris-b  "/><TargetValue value="A" rawDataValue="iris-a  "/></Target></Targets>
${toNode(1, 'A', 9, 8, '<True/>')}${toNode(2, 'A', 7, 1, surrogate('lessThan'))}</Node>${toNode(3, 'B', 2, 8, surrogate('greaterOrEqual'))}</Node></Node></TreeModel>`,
      { version: '3.1', dictionary: '<TransformationDictionary/>' },
    );
    const rows = [
      [0.7, 9],
      [0.8, 1],
      [null, 2],
      [null, 2.45],
    ];
    // The classes are in the order in which the file names them.
    expect((await describeFile(document)).classes).to.deep.equal(['B', 'A']);
    expect(await scoreRows(document, rows)).to.deep.equal({
      predictions: ['A', 'B', 'A', 'B'],
      probabilities: [
        [1 / 8, 7 / 8],
        [8 / 10, 2 / 10],
        [1 / 8, 7 / 8],
        [8 / 10, 2 / 10],
      ],
    });
    // Both are missing, and so is the last surrogate's value: it is false.
    await catchError(EngineError, () => scoreRows(document, [[null, null]]));
  });

  it('KNIME: trees with Extensions and isMissing, and cells outside the Interval that are accepted', async () => {
    const toLeaf = (score: number, predicate: string) =>
      `<Node id="${score}" score="${score}"><Extension name="sumSquaredDeviation" value="6311.8"/><Extension name="totalSum"><x:any xmlns:x="y">1</x:any></Extension>${predicate}</Node>`;
    const document = toPmml(
      `${toNumber('width', 'integer', '<Interval closure="closedClosed" leftMargin="3.0" rightMargin="8.0"/>')}${toNumber('mpg')}`,
      `<MiningModel functionName="regression" modelName="GradientBoostedTrees"><MiningSchema><MiningField name="width" invalidValueTreatment="asIs"/><MiningField name="mpg" invalidValueTreatment="asIs" usageType="target"/></MiningSchema>
<Targets><Target field="mpg" rescaleConstant="22.75"/></Targets><Segmentation multipleModelMethod="sum"><Segment id="1"><True/>
<TreeModel modelName="DecisionTree" functionName="regression" splitCharacteristic="binarySplit" missingValueStrategy="none" noTrueChildStrategy="returnLastPrediction"><MiningSchema><MiningField name="width" invalidValueTreatment="asIs"/></MiningSchema>
<Node id="0" score="0.5"><True/>${toLeaf(5.5, '<CompoundPredicate booleanOperator="or"><SimplePredicate field="width" value="4.0" operator="lessOrEqual"/><SimplePredicate field="width" operator="isMissing"/></CompoundPredicate>')}${toLeaf(-1, '<SimplePredicate field="width" value="4.0" operator="greaterThan"/>')}</Node></TreeModel></Segment></Segmentation></MiningModel>`,
      { version: '4.2' },
    );
    expect((await scoreRows(document, [[4], [99], [null]])).predictions).to.deep.equal([28.25, 21.75, 28.25]);
  });

  it('KNIME: support vectors with a machine per class, of which the lowest decision wins', async () => {
    const toMachine = (name: string, coefficient: number, offset: number) =>
      `<SupportVectorMachine targetCategory="${name}"><SupportVectors numberOfAttributes="2" numberOfSupportVectors="1"><SupportVector vectorId="Row1"/></SupportVectors><Coefficients numberOfCoefficients="1" absoluteValue="${offset}"><Coefficient value="${coefficient}"/></Coefficients></SupportVectorMachine>`;
    const document = toPmml(
      `${IRIS}${toCategories('species', 'a', 'b', 'c')}`,
      `<SupportVectorMachineModel modelName="SVM" functionName="classification" algorithmName="Sequential Minimal Optimization (SMO)" svmRepresentation="SupportVectors">${toSchema('species', 'width', 'length')}
<Targets><Target field="species" optype="categorical"><TargetValue value="a"/></Target></Targets><PolynomialKernelType coef0="1.0" degree="1.0" gamma="1.0"/>
<VectorDictionary numberOfVectors="1"><VectorFields numberOfFields="2"><FieldRef field="width"/><FieldRef field="length"/></VectorFields><VectorInstance id="Row1"><REAL-SparseArray n="2"><Indices>1 2</Indices><REAL-Entries>2 1</REAL-Entries></REAL-SparseArray></VectorInstance></VectorDictionary>
${toMachine('a', -1, 5)}${toMachine('b', 1, -5)}${toMachine('c', 0, 0.5)}</SupportVectorMachineModel>`,
      { version: '4.1' },
    );
    // The kernel is 1 + 2·width + length, k; the decisions are 5 - k, k - 5 and 0.5.
    const rows = [
      [3, 3],
      [0, 0],
      [2, 0],
    ];
    expect((await scoreRows(document, rows)).predictions).to.deep.equal(['a', 'b', 'a']);
    const error = await catchError(EngineError, () => scoreRows(document, [[null, 1]]));
    expect(error.message).to.equal('values[0]: the model has no prediction for this row.');
  });

  it('the samples of the DMG: exclusive or by a single machine, whose negative decisions are for its target', async () => {
    const toVector = (id: string, array: string) => `<VectorInstance id="${id}">${array}</VectorInstance>`;
    const document = toPmml(
      `${toNumber('x1')}${toNumber('x2')}${toCategories('class', 'no', 'yes')}`,
      `<SupportVectorMachineModel functionName="classification">${toSchema('class', 'x1', 'x2')}<RadialBasisKernelType gamma="1.0" description="Radial basis kernel type"/>
<VectorDictionary numberOfVectors="4"><VectorFields numberOfFields="2"><FieldRef field="x1"/><FieldRef field="x2"/></VectorFields>${toVector('mv0', '<REAL-SparseArray n="2"/>')}${toVector('mv1', '<REAL-SparseArray n="2"><Indices>2</Indices><REAL-Entries>1.0</REAL-Entries></REAL-SparseArray>')}${toVector('mv2', '<Array n="2" type="real">1 0</Array>')}${toVector('mv3', '<REAL-SparseArray n="2" defaultValue="1"/>')}</VectorDictionary>
<SupportVectorMachine targetCategory="no" alternateTargetCategory="yes"><SupportVectors>${['mv0', 'mv1', 'mv2', 'mv3'].map((id) => `<SupportVector vectorId="${id}"/>`).join('')}</SupportVectors><Coefficients><Coefficient value="-1.0"/><Coefficient value="1.0"/><Coefficient value="1.0"/><Coefficient value="-1.0"/></Coefficients></SupportVectorMachine></SupportVectorMachineModel>`,
    );
    const rows = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    expect((await scoreRows(document, rows)).predictions).to.deep.equal(['no', 'yes', 'yes', 'no']);
    const most = document.replace('functionName', 'maxWins="true" threshold="0.1" functionName');
    expect((await scoreRows(most, rows)).predictions).to.deep.equal(['yes', 'no', 'no', 'yes']);
  });

  it('a linear machine without vectors: a coefficient per field', async () => {
    const document = toPmml(
      `${IRIS}${toNumber('y')}`,
      `<SupportVectorMachineModel functionName="regression" svmRepresentation="Coefficients">${toSchema('y', 'width', 'length')}<LinearKernelType/>
<VectorDictionary><VectorFields><FieldRef field="width"/><FieldRef field="length"/></VectorFields></VectorDictionary>
<SupportVectorMachine><Coefficients absoluteValue="0.5"><Coefficient value="2"/><Coefficient/></Coefficients></SupportVectorMachine></SupportVectorMachineModel>`,
    );
    expect((await scoreRows(document, [[3, 4]])).predictions).to.deep.equal([6.5]);
  });

  it('RapidMiner: a network whose outputs are shares of their sum', async () => {
    const toOutput = (neuron: string, value: string) =>
      `<NeuralOutput outputNeuron="${neuron}"><DerivedField dataType="string" optype="categorical"><NormDiscrete field="species" value="${value}"/></DerivedField></NeuralOutput>`;
    const document = toPmml(
      `${toNumber('width')}${toCategories('species', 'a', 'b', 'MISSING_VALUE')}`,
      `<NeuralNetwork activationFunction="logistic" algorithmName="NeuralNet" functionName="classification" numberOfLayers="1"><MiningSchema><MiningField highValue="1.0" importance="1.0" invalidValueTreatment="asIs" lowValue="0.0" missingValueTreatment="asValue" name="width" optype="continuous" usageType="active"/><MiningField name="species" optype="categorical" usageType="predicted"/></MiningSchema>
<NeuralInputs numberOfInputs="1"><NeuralInput id="w"><DerivedField dataType="double" optype="continuous"><NormContinuous field="width"><LinearNorm norm="-1" orig="4"/><LinearNorm norm="1" orig="8"/></NormContinuous></DerivedField></NeuralInput></NeuralInputs>
<NeuralLayer activationFunction="identity" normalizationMethod="simplemax"><Neuron bias="3" id="Class 'a'"><Con from="w" weight="1"/></Neuron><Neuron bias="1" id="Class 'b'"/></NeuralLayer>
<NeuralOutputs numberOfOutputs="2">${toOutput("Class 'a'", 'a')}${toOutput("Class 'b'", 'b')}</NeuralOutputs></NeuralNetwork>`,
      { version: '4.0' },
    );
    // 6 becomes 0, and 8 becomes 1: 3 and 1 of 4, and 4 and 1 of 5.
    expect(await scoreRows(document, [[6], [8]])).to.deep.equal({
      predictions: ['a', 'a'],
      probabilities: [
        [0.75, 0.25, 0],
        [0.8, 0.2, 0],
      ],
    });
    // -3 becomes -4.5 and then -1.5, so that shares are beyond 0 and 1; without an input there is nothing.
    const messages = await Promise.all(
      [[[-3]], [[6], [-3]], [[null]]].map(
        async (rows) => (await catchError(EngineError, () => scoreRows(document, rows))).message,
      ),
    );
    expect(messages).to.deep.equal([
      'values[0]: the probabilities that the model computes for this row are not between 0 and 1.',
      'values[1]: the probabilities that the model computes for this row are not between 0 and 1.',
      'values[0]: the model has no prediction for this row.',
    ]);
  });

  it('R: a generalized linear model, whose coefficients are those of one class', async () => {
    const toDocument = (category: string, reference = '', link = 'logit') =>
      toPmml(
        `${toNumber('x')}${toCategories('sex', 'f', 'm')}${toCategories('y', '0', '1')}`,
        `<GeneralRegressionModel modelName="General_Regression_Model" modelType="generalizedLinear" functionName="classification" algorithmName="glm" distribution="binomial" linkFunction="${link}" ${reference}>${toSchema('y', 'x', 'sex')}
<Output><OutputField name="Probability_1" targetField="y" feature="probability" value="1"/></Output>
<ParameterList><Parameter name="p0" label="(Intercept)"/><Parameter name="p1" label="sexm"/><Parameter name="p2" label="x"/></ParameterList><FactorList><Predictor name="sex"/></FactorList><CovariateList><Predictor name="x"/></CovariateList>
<PPMatrix><PPCell value="m" predictorName="sex" parameterName="p1"/><PPCell value="1" predictorName="x" parameterName="p2"/></PPMatrix>
<ParamMatrix><PCell ${category} parameterName="p0" df="1" beta="0.25"/><PCell ${category} parameterName="p2" df="1" beta="-0.5"/></ParamMatrix></GeneralRegressionModel>`,
        { version: '4.1' },
      );
    const share = 1 / (1 + Math.exp(0.75));
    for (const [category, reference, expected] of [
      ['targetCategory="1"', '', share],
      ['targetCategory="0"', '', 1 - share],
      ['', 'targetReferenceCategory="0"', share],
      ['', 'targetReferenceCategory="1"', 1 - share],
    ] as const) {
      // The sex has no coefficient: it may be missing.
      const { probabilities } = await scoreRows(toDocument(category, reference), [[2, null]]);
      expect(probabilities?.[0]?.[1]).to.be.closeTo(expected, 1e-15);
    }
    const document = toDocument('targetCategory="1"');
    expect((await describeFile(document)).features.map(({ nullable }) => nullable)).to.deep.equal([false, true]);
    await catchError(EngineError, () => scoreRows(document, [[null, 'f']]));
    // With this link, the probability is exp(0.75).
    const error = await catchError(EngineError, () =>
      scoreRows(toDocument('targetCategory="1"', '', 'log'), [[-1, 'f']]),
    );
    expect([error.code, error.message]).to.deep.equal([
      'invalid_value',
      'values[0]: the probabilities that the model computes for this row are not between 0 and 1.',
    ]);
  });

  it('R: naive Bayes of several classes, whose categories are not all known', async () => {
    const toCounts = (...counts: readonly number[]) =>
      `<TargetValueCounts>${counts.map((count, index) => `<TargetValueCount value="${index}" count="${count}"/>`).join('')}</TargetValueCounts>`;
    const document = toPmml(
      `<DataField name="claims" optype="categorical" dataType="string"/>${toNumber('age')}<DataField name="y" optype="categorical" dataType="integer"/>`,
      `<NaiveBayesModel functionName="classification" threshold="0.25">${toSchema('y', 'claims', 'age')}
<BayesInputs><BayesInput fieldName="claims"><PairCounts value="0">${toCounts(3, 0)}</PairCounts><PairCounts value="&gt;2">${toCounts(1, 1)}</PairCounts></BayesInput>
<BayesInput fieldName="age"><TargetValueStats><TargetValueStat value="0"><PoissonDistribution mean="30"/></TargetValueStat><TargetValueStat value="1"><PoissonDistribution mean="31"/></TargetValueStat></TargetValueStats></BayesInput></BayesInputs>
<BayesOutput fieldName="y">${toCounts(4, 1)}</BayesOutput></NaiveBayesModel>`,
    );
    // 0.8 · 0.75 and 0.2 · 0.25, the threshold; 0.8 · 0.25 and 0.2 · 1; 0.8 and 0.2.
    const rows = [
      ['0', null],
      ['>2', null],
      ['other', null],
      // All densities are below the threshold; 30.5 has none.
      ['other', 30],
      ['other', 30.5],
    ];
    const { predictions, probabilities } = await scoreRows(document, rows);
    expect(predictions).to.deep.equal([0, 0, 0, 0, 0]);
    for (const [index, share] of [0.6 / 0.65, 0.5, 0.8, 0.8, 0.8].entries())
      expect(probabilities?.[index]?.[0], `row ${index}`).to.be.closeTo(share, 1e-15);
    // With a threshold of 0: e⁻³⁰·30³⁰/30! and e⁻³¹·31³⁰/30!, whose quotient is e·(30/31)³⁰.
    const exact = await scoreRows(document.replace('0.25', '0'), [['other', 30]]);
    const ratio = 4 * Math.E * (30 / 31) ** 30;
    expect(exact.probabilities?.[0]?.[0]).to.be.closeTo(ratio / (1 + ratio), 1e-13);
    // Neither class is possible.
    await catchError(EngineError, () => scoreRows(document.replace('0.25', '0'), [['other', 30.5]]));
  });

  it('Spark: a logistic regression, whose second table is -0', async () => {
    const document = toPmml(
      `${toNumber('field_0')}<DataField name="target" optype="categorical" dataType="string"/>`,
      `<RegressionModel modelName="logistic regression" functionName="classification" normalizationMethod="logit">${toSchema('target', 'field_0')}<RegressionTable intercept="0.5" targetCategory="1"><NumericPredictor name="field_0" coefficient="1"/></RegressionTable><RegressionTable intercept="-0.0" targetCategory="0"/></RegressionModel>`,
      { version: '4.2' },
    );
    const { predictions, probabilities } = await scoreRows(document, [[1], [-1]]);
    expect(predictions).to.deep.equal(['1', '0']);
    expect(probabilities?.[0]?.[0]).to.be.closeTo(1 / (1 + Math.exp(-1.5)), 1e-15);
  });

  it('SPSS: an ordinal regression, with an offset', async () => {
    const document = toPmml(
      `${toNumber('x')}<DataField name="y" optype="ordinal" dataType="integer"><Value value="1" displayValue="Clerical"/><Value value="2"/><Value value="3"/></DataField>`,
      `<GeneralRegressionModel modelType="ordinalMultinomial" functionName="classification" cumulativeLink="cloglog" offsetVariable="x">${toSchema('y', 'x')}<ParameterList><Parameter name="p0"/></ParameterList><ParamMatrix><PCell targetCategory="1" parameterName="p0" beta="-1"/><PCell targetCategory="2" parameterName="p0" beta="0.5"/></ParamMatrix></GeneralRegressionModel>`,
      { version: '4.3' },
    );
    const cumulative = (x: number) => 1 - Math.exp(-Math.exp(x));
    const { predictions, probabilities } = await scoreRows(document, [[0.25]]);
    expect(predictions).to.deep.equal([2]);
    for (const [index, share] of [
      cumulative(-0.75),
      cumulative(0.75) - cumulative(-0.75),
      1 - cumulative(0.75),
    ].entries())
      expect(probabilities?.[0]?.[index]).to.be.closeTo(share, 1e-15);
    await catchError(EngineError, () => scoreRows(document, [[null]]));
  });

  it('an application that declares its target as a float: predictions are rounded to 32 bits', async () => {
    const toModel = (coefficient: number, name = 'RegressionModel') =>
      `<${name} functionName="regression">${toSchema('y', 'x')}<RegressionTable intercept="0.1"><NumericPredictor name="x" coefficient="${coefficient}"/></RegressionTable></${name}>`;
    const fields = `${toNumber('x')}${toNumber('y', 'float')}`;
    const sum = (x: number) => Math.fround(Math.fround(0.1 + x * 0.3) + Math.fround(0.1 + x * 0.7));
    expect((await scoreRows(toPmml(fields, toModel(0.3)), [[1.663]])).predictions).to.deep.equal([
      Math.fround(0.1 + 1.663 * 0.3),
    ]);
    const mining = `<MiningModel functionName="regression">${toSchema('y', 'x')}<Segmentation multipleModelMethod="sum"><Segment><True/>${toModel(0.3)}</Segment><Segment><True/>${toModel(0.7)}</Segment></Segmentation></MiningModel>`;
    expect((await scoreRows(toPmml(fields, mining), [[1.663]])).predictions).to.deep.equal([sum(1.663)]);
    // The same with trees, which the kernel does not take together then.
    const toTree = (score: number) =>
      `<Segment><True/><TreeModel functionName="regression">${toSchema('y', 'x')}<Node><True/><Node score="${score}"><SimplePredicate field="x" operator="lessThan" value="1"/></Node><Node score="0"><True/></Node></Node></TreeModel></Segment>`;
    const forest = mining.replace(/<Segment>.*<\/Segment>/, toTree(0.1) + toTree(0.2) + toTree(5.3));
    expect((await scoreRows(toPmml(fields, forest), [[0]])).predictions).to.deep.equal([
      Math.fround(Math.fround(0.1) + Math.fround(0.2) + Math.fround(5.3)),
    ]);
  });
});

describe('a chain of PMML models', () => {
  const TREE = (output: string, score = 'score="high"') =>
    `<Segment><True/><TreeModel functionName="classification" noTrueChildStrategy="returnNullPrediction"><MiningSchema><MiningField name="x"/></MiningSchema><Output>${output}</Output>
<Node id="root"><True/><Node id="up" ${score}><SimplePredicate field="x" operator="greaterThan" value="0"/><ScoreDistribution value="high" recordCount="3"/><ScoreDistribution value="low" recordCount="1"/></Node></Node></TreeModel></Segment>`;
  const toChain = (first: string, table: string, attributes = '', inputs: readonly string[] = ['p']) =>
    toPmml(
      `${toNumber('x')}${toNumber('y')}`,
      `<MiningModel functionName="regression">${toSchema('y', 'x')}<Segmentation multipleModelMethod="modelChain" ${attributes}>${first}
<Segment><True/><RegressionModel functionName="regression">${toSchema('y', ...inputs)}<RegressionTable intercept="1">${table}</RegressionTable></RegressionModel></Segment></Segmentation></MiningModel>`,
    );
  const P = '<NumericPredictor name="p" coefficient="1"/>';
  const scoreX = async (document: string, x: number) => (await scoreRows(document, [[x]])).predictions[0];
  const reject = async (document: string, x: number) =>
    (await catchError(EngineError, () => scoreRows(document, [[x]]))).message;

  it('takes the probability of the prediction where an output names no class', async () => {
    const document = toChain(TREE('<OutputField name="p" feature="probability"/>'), P);
    expect(await scoreX(document, 1)).to.equal(1.75);
    // The first model has no prediction, and so no output.
    expect(await reject(document, -1)).to.equal('values[0]: the model has no prediction for this row.');
  });

  it('ends with a missing prediction where missingPredictionTreatment="returnMissing"', async () => {
    const first = TREE('<OutputField name="k" optype="categorical"/>');
    const table = '<CategoricalPredictor name="k" value="high" coefficient="10"/>';
    expect(await scoreX(toChain(first, table, '', ['k']), -1)).to.equal(1);
    const document = toChain(first, table, 'missingPredictionTreatment="returnMissing"', ['k']);
    expect(await scoreX(document, 1)).to.equal(11);
    expect(await reject(document, -1)).to.equal('values[0]: the model has no prediction for this row.');
  });

  it('gives a decision a type, and rejects a row whose output has not its type', async () => {
    const decision =
      '<OutputField name="k"/><OutputField name="p" feature="decision" dataType="integer"><Apply function="if"><Apply function="isMissing"><FieldRef field="k"/></Apply><Constant>3</Constant><Constant>4</Constant></Apply></OutputField>';
    const document = toChain(TREE(decision), P);
    expect(await scoreX(document, 1)).to.equal(5);
    expect(await scoreX(document, -1)).to.equal(4);
    const first = `<Segment><True/><RegressionModel functionName="regression">${toSchema('z', 'x')}<Output><OutputField name="p" dataType="integer"/></Output><RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable></RegressionModel></Segment>`;
    expect(await scoreX(toChain(first, P), 2)).to.equal(3);
    expect(await reject(toChain(first, P), 2.5)).to.equal('values[0]: the output "p" has no value of type integer.');
  });

  it('gives the probabilities that an earlier model has calibrated', async () => {
    const first = `<Segment><True/><RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema><Output><OutputField name="d"/><OutputField name="q" feature="transformedValue"><Apply function="/"><FieldRef field="d"/><Constant>4.0</Constant></Apply></OutputField></Output><RegressionTable intercept="0"><NumericPredictor name="x" coefficient="2"/></RegressionTable></RegressionModel></Segment>`;
    const toCalibrated = (terms: string) =>
      toPmml(
        `${toNumber('x')}${toCategories('y', 'bad', 'good')}`,
        `<MiningModel functionName="classification">${toSchema('y', 'x')}<Segmentation multipleModelMethod="modelChain">${first}<Segment><True/><RegressionModel functionName="classification">${toSchema('y', 'q')}<RegressionTable intercept="0" targetCategory="good">${terms}</RegressionTable><RegressionTable intercept="0" targetCategory="bad"/></RegressionModel></Segment></Segmentation></MiningModel>`,
      );
    const Q = '<NumericPredictor name="q" coefficient="1"/>';
    expect(await scoreRows(toCalibrated(Q), [[1.5], [0.5]])).to.deep.equal({
      predictions: ['good', 'bad'],
      probabilities: [
        [0.25, 0.75],
        [0.75, 0.25],
      ],
    });
    expect(await reject(toCalibrated(Q), 3)).to.equal(
      'values[0]: the probabilities that the model computes for this row are not between 0 and 1.',
    );
    // Any other sum may be of any size: it gives a class and no probabilities.
    for (const terms of [Q.replace('"1"', '"2"'), Q + Q, Q.replace('coefficient', 'exponent="2" coefficient'), ''])
      expect((await scoreRows(toCalibrated(terms), [[3]])).probabilities).to.equal(undefined);
  });

  it('rejects a row where a model without probabilities should give one', async () => {
    const rules = `<Segment><True/><RuleSetModel functionName="classification"><MiningSchema><MiningField name="x"/></MiningSchema><Output><OutputField name="p" feature="probability" value="a"/></Output><RuleSet><RuleSelectionMethod criterion="firstHit"/><SimpleRule score="a"><True/></SimpleRule></RuleSet></RuleSetModel></Segment>`;
    expect(await reject(toChain(rules, P), 1)).to.equal('values[0]: the output "p": the model has no probabilities.');
  });

  it('knows no node where the nodes have no ids, or where there is no prediction', async () => {
    const table = '<CategoricalPredictor name="p" value="up" coefficient="10"/>';
    const document = toChain(TREE('<OutputField name="p" feature="entityId"/>'), table);
    expect([await scoreX(document, 1), await scoreX(document, -1)]).to.deep.equal([11, 1]);
    expect(await scoreX(document.replace('<Node id="root">', '<Node>'), 1)).to.equal(1);
  });

  it('leaves out the output of another target', async () => {
    const output =
      '<OutputField name="q" targetField="other"/><OutputField name="p" feature="probability" value="low"/>';
    const first = TREE(output).replace(
      '<MiningField name="x"/>',
      '<MiningField name="x"/><MiningField name="t" usageType="target"/>',
    );
    const document = toChain(first, P).replace(/<Segment><True\/>(?=<RegressionModel)/, (text) =>
      text.replace('<True/>', '<SimplePredicate field="p" operator="greaterThan" value="0.1"/>'),
    );
    expect(await scoreX(document, 1)).to.equal(1.25);
  });

  it('chooses the last model by what the first one says, and rejects rows for which there is none', async () => {
    const first = TREE('<OutputField name="k"/>');
    const document = toChain(first, '<NumericPredictor name="x" coefficient="2"/>', '', ['x']).replace(
      /<Segment><True\/>(?=<RegressionModel)/,
      '<Segment><SimplePredicate field="k" operator="equal" value="high"/>',
    );
    expect(await scoreX(document, 3)).to.equal(7);
    expect(await reject(document.replace('value="high"/><Reg', 'value="low"/><Reg'), 3)).to.equal(
      'values[0]: the model has no prediction for this row.',
    );
  });
});

describe('a MiningModel of PMML with several segments', () => {
  const toSegment = (weight: number, score: string, predicate = '<True/>') =>
    `<Segment weight="${weight}"><True/><TreeModel functionName="regression">${toSchema('y', 'x')}<Node score="${score}">${predicate}</Node></TreeModel></Segment>`;
  const toMining = (method: string, segments: string, attributes = '') =>
    toPmml(
      `${toNumber('x')}${toNumber('y')}`,
      `<MiningModel functionName="regression" ${attributes}>${toSchema('y', 'x')}<Segmentation multipleModelMethod="${method}" missingPredictionTreatment="skipSegment">${segments}</Segmentation></MiningModel>`,
    );
  const ABOVE = '<SimplePredicate field="x" operator="greaterThan" value="0"/>';

  it('passes over segments without a prediction where it selects the first', async () => {
    const document = toMining('selectFirst', toSegment(1, '5', ABOVE) + toSegment(1, '6'));
    expect((await scoreRows(document, [[1], [-1]])).predictions).to.deep.equal([5, 6]);
  });

  it('has no weighted mean where the weights are 0, and no weighted median between two segments', async () => {
    const zero = toMining('weightedAverage', toSegment(0, '5') + toSegment(0, '6'));
    expect((await catchError(EngineError, () => scoreRows(zero, [[1]]))).message).to.equal(
      'values[0]: the model has no prediction for this row.',
    );
    const even = toMining('weightedMedian', toSegment(1, '5') + toSegment(1, '6'));
    expect((await catchError(EngineError, () => scoreRows(even, [[1]]))).message).to.equal(
      'values[0]: the weighted median of the model lies between two of its segments.',
    );
  });

  it('computes weighted means in 32 bits where the file says so', async () => {
    const float = 'x-mathContext="float"';
    const segments = (toSegment(0.3, '0.1') + toSegment(0.7, '0.2')).replaceAll(
      'functionName',
      `${float} functionName`,
    );
    const [a, b] = [Math.fround(0.1), Math.fround(0.2)];
    const [v, w] = [Math.fround(0.3), Math.fround(0.7)];
    const sum = Math.fround(Math.fround(a * v) + Math.fround(b * w));
    expect((await scoreRows(toMining('weightedAverage', segments, float), [[1]])).predictions).to.deep.equal([
      Math.fround(sum / Math.fround(v + w)),
    ]);
  });

  it('rejects rows for which two classes have the greatest probability of all', async () => {
    const toShares = (a: number, b: number) =>
      `<Segment><True/><TreeModel functionName="classification">${toSchema('y', 'x')}<Node score="a"><True/><ScoreDistribution value="a" recordCount="${a}"/><ScoreDistribution value="b" recordCount="${b}"/></Node></TreeModel></Segment>`;
    const document = toPmml(
      `${toNumber('x')}${toCategories('y', 'a', 'b')}`,
      `<MiningModel functionName="classification">${toSchema('y', 'x')}<Segmentation multipleModelMethod="max">${toShares(3, 1)}${toShares(1, 3)}</Segmentation></MiningModel>`,
    );
    expect((await catchError(EngineError, () => scoreRows(document, [[1]]))).message).to.equal(
      'values[0]: two classes have the greatest probability of all segments.',
    );
  });
});

describe('models of PMML with x-mathContext="float"', () => {
  const FLOAT = 'x-mathContext="float"';

  it('compute a regression in 32 bits', async () => {
    const document = toPmml(
      `${toNumber('x')}${toCategories('c', 'u')}${toNumber('y')}`,
      `<RegressionModel functionName="regression" ${FLOAT}>${toSchema('y', 'x', 'c')}<RegressionTable intercept="0.1"><NumericPredictor name="x" exponent="2" coefficient="0.3"/><CategoricalPredictor name="c" value="u" coefficient="0.7"/><PredictorTerm coefficient="0.1"><FieldRef field="x"/></PredictorTerm></RegressionTable></RegressionModel>`,
    );
    const f = Math.fround;
    const expected = f(f(f(f(0.1) + f(f(0.3) * f(1.1 ** 2))) + f(0.7)) + f(f(0.1) * 1.1));
    expect((await scoreRows(document, [[1.1, 'u']])).predictions).to.deep.equal([expected]);
  });

  it('compute a network and a Target in 32 bits', async () => {
    const document = toPmml(
      `${toNumber('x')}${toNumber('y')}`,
      `<NeuralNetwork functionName="regression" activationFunction="identity" ${FLOAT}>${toSchema('y', 'x')}<Targets><Target rescaleFactor="0.1" rescaleConstant="0.2"/></Targets>
<NeuralInputs><NeuralInput id="0"><DerivedField optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField></NeuralInput></NeuralInputs><NeuralLayer><Neuron id="1" bias="0.3"><Con from="0" weight="0.7"/></Neuron></NeuralLayer>
<NeuralOutputs><NeuralOutput outputNeuron="1"><DerivedField optype="continuous" dataType="double"><FieldRef field="y"/></DerivedField></NeuralOutput></NeuralOutputs></NeuralNetwork>`,
    );
    const f = Math.fround;
    const neuron = f(f(0.3) + f(f(1.1) * f(0.7)));
    expect((await scoreRows(document, [[1.1]])).predictions).to.deep.equal([f(f(neuron * f(0.1)) + f(0.2))]);
    await catchError(EngineError, () => scoreRows(document, [[null]]));
  });
});
