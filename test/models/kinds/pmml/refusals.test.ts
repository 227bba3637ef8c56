import { expect } from 'chai';
import { DeploymentError } from '../../../../errors/deployment-error.ts';
import { catchError } from '../../../support/deployment.ts';
import { describeFile, toCategories, toNumber, toPmml, toSchema } from '../../../support/pmml.ts';

/** A change of a file that is read: a text in it, and what it is replaced with. */
type Change = readonly [from: string, to: string];

const FIELDS = `${toNumber('x')}
${toNumber('z', 'integer')}
${toCategories('c', 'u', 'v')}
<DataField name="o" optype="ordinal" dataType="string"><Value value="low"/><Value value="high"/></DataField>`;
const SCHEMA = toSchema('y', 'x', 'z', 'c', 'o');
const NUMBER = toNumber('y');
const AB = toCategories('y', 'a', 'b');
const ABC = toCategories('y', 'a', 'b', 'c');

const TERMS = `<NumericPredictor name="x" coefficient="2"/>
<CategoricalPredictor name="c" value="u" coefficient="1"/>
<PredictorTerm coefficient="1"><FieldRef field="x"/><FieldRef field="z"/></PredictorTerm>`;
const REGRESSION = toPmml(
  `${NUMBER}\n${FIELDS}`,
  `<RegressionModel functionName="regression">
${SCHEMA}
<Output><OutputField name="out"/></Output>
<Targets><Target field="y" min="0"><TargetValue defaultValue="1"/></Target></Targets>
<LocalTransformations><DerivedField name="d" optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField></LocalTransformations>
<RegressionTable intercept="1">
${TERMS}
</RegressionTable>
</RegressionModel>`,
);
const toClasses = (link: string, y: string, tables: string) =>
  toPmml(
    `${y}\n${FIELDS}`,
    `<RegressionModel functionName="classification" normalizationMethod="${link}">
${SCHEMA}
${tables}
</RegressionModel>`,
  );
const BINARY = toClasses(
  'logit',
  AB,
  `<RegressionTable targetCategory="a" intercept="1">${TERMS}</RegressionTable>\n<RegressionTable targetCategory="b" intercept="0"/>`,
);
const MULTICLASS = toClasses(
  'softmax',
  ABC,
  ['a', 'b', 'c']
    .map((name, index) => `<RegressionTable targetCategory="${name}" intercept="${index}"/>`)
    .join('\n')
    .replace('intercept="2"', 'intercept="0"'),
);
const ORDINAL = MULTICLASS.replace('name="y" optype="categorical"', 'name="y" optype="ordinal"').replace(
  'softmax',
  'logit',
);

const PARAMETERS = `<ParameterList><Parameter name="p0"/>
<Parameter name="p1" referencePoint="0"/>
<Parameter name="p2"/></ParameterList>
<FactorList><Predictor name="c"/></FactorList>
<CovariateList><Predictor name="x"/></CovariateList>
<PPMatrix><PPCell value="1" predictorName="x" parameterName="p1"/>
<PPCell value="u" predictorName="c" parameterName="p2"/></PPMatrix>`;
const toGeneral = (attributes: string, y: string, cells: string) =>
  toPmml(
    `${y}\n${FIELDS}`,
    `<GeneralRegressionModel ${attributes}>
${SCHEMA}
${PARAMETERS}
<ParamMatrix>${cells}</ParamMatrix>
</GeneralRegressionModel>`,
  );
const LINEAR = toGeneral(
  'functionName="regression" modelType="generalLinear"',
  NUMBER,
  '<PCell parameterName="p0" beta="1"/>\n<PCell parameterName="p1" beta="1"/>',
);
const GENERALIZED = toGeneral(
  'functionName="classification" modelType="generalizedLinear" linkFunction="logit" targetReferenceCategory="a"',
  AB,
  '<PCell targetCategory="b" parameterName="p0" beta="1"/>\n<PCell targetCategory="b" parameterName="p1" beta="1"/>',
);
const MULTINOMIAL = toGeneral(
  'functionName="classification" modelType="multinomialLogistic" targetReferenceCategory="c"',
  ABC,
  '<PCell targetCategory="a" parameterName="p0" beta="1"/>\n<PCell targetCategory="b" parameterName="p0" beta="1"/>',
);
const CUMULATIVE = toGeneral(
  'functionName="classification" modelType="ordinalMultinomial" cumulativeLink="logit" targetReferenceCategory="c"',
  ABC,
  '<PCell targetCategory="a" parameterName="p0" beta="-1"/>\n<PCell targetCategory="b" parameterName="p0" beta="1"/>',
);

const counts = (a: number, b: number) =>
  `<TargetValueCounts><TargetValueCount value="a" count="${a}"/><TargetValueCount value="b" count="${b}"/></TargetValueCounts>`;
const BAYES = toPmml(
  `${AB}\n${FIELDS}`,
  `<NaiveBayesModel functionName="classification" threshold="0.001">
${SCHEMA}
<BayesInputs>
<BayesInput fieldName="x"><TargetValueStats><TargetValueStat value="a"><GaussianDistribution mean="1" variance="2"/></TargetValueStat>
<TargetValueStat value="b"><GaussianDistribution mean="2" variance="2"/></TargetValueStat></TargetValueStats></BayesInput>
<BayesInput fieldName="c"><PairCounts value="u">${counts(1, 2)}</PairCounts><PairCounts value="v">${counts(3, 4)}</PairCounts></BayesInput>
</BayesInputs>
<BayesOutput fieldName="y">${counts(5, 6)}</BayesOutput>
</NaiveBayesModel>`,
);

const toNetwork = (name: string, y: string, outputs: string) =>
  toPmml(
    `${y}\n${FIELDS}`,
    `<NeuralNetwork functionName="${name}" activationFunction="logistic">
${SCHEMA}
<NeuralInputs><NeuralInput id="1"><DerivedField optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField></NeuralInput></NeuralInputs>
<NeuralLayer normalizationMethod="${name === 'regression' ? 'none' : 'softmax'}"><Neuron id="2" bias="1"><Con from="1" weight="1"/></Neuron>
<Neuron id="3"><Con from="1" weight="1"/></Neuron></NeuralLayer>
<NeuralOutputs>${outputs}</NeuralOutputs>
</NeuralNetwork>`,
  );
const toOutput = (neuron: number, expression: string) =>
  `<NeuralOutput outputNeuron="${neuron}"><DerivedField optype="continuous" dataType="double">${expression}</DerivedField></NeuralOutput>`;
const NETWORK = toNetwork(
  'regression',
  NUMBER,
  toOutput(
    2,
    '<NormContinuous field="y"><LinearNorm orig="0" norm="0"/><LinearNorm orig="10" norm="1"/></NormContinuous>',
  ),
);
const CLASSES_NETWORK = toNetwork(
  'classification',
  AB,
  `${toOutput(2, '<NormDiscrete field="y" value="a"/>')}\n${toOutput(3, '<NormDiscrete field="y" value="b"/>')}`,
);

const toMachine = (attributes: string) =>
  `<SupportVectorMachine ${attributes}><SupportVectors><SupportVector vectorId="1"/></SupportVectors><Coefficients><Coefficient value="1"/></Coefficients></SupportVectorMachine>`;
const toVectors = (name: string, y: string, machines: string) =>
  toPmml(
    `${y}\n${FIELDS}`,
    `<SupportVectorMachineModel functionName="${name}">
${SCHEMA}
<RadialBasisKernelType gamma="1"/>
<VectorDictionary><VectorFields><FieldRef field="x"/></VectorFields>
<VectorInstance id="1"><Array type="real">1</Array></VectorInstance>
<VectorInstance id="2"><REAL-SparseArray n="1"><Indices>1</Indices><REAL-Entries>2</REAL-Entries></REAL-SparseArray></VectorInstance></VectorDictionary>
${machines}
</SupportVectorMachineModel>`,
  );
const VECTORS = toVectors('regression', NUMBER, toMachine(''));
const ONE_MACHINE = toVectors('classification', AB, toMachine('targetCategory="a" alternateTargetCategory="b"'));
const TWO_MACHINES = toVectors(
  'classification',
  AB,
  `${toMachine('targetCategory="a"')}\n${toMachine('targetCategory="b"')}`,
);

const SCORECARD = toPmml(
  `${NUMBER}\n${FIELDS}`,
  `<Scorecard functionName="regression">
${SCHEMA}
<Characteristics><Characteristic><Attribute partialScore="1"><True/></Attribute></Characteristic>
<Characteristic><Attribute><True/><ComplexPartialScore><FieldRef field="x"/></ComplexPartialScore></Attribute></Characteristic></Characteristics>
</Scorecard>`,
);
const RULES = toPmml(
  `${AB}\n${FIELDS}`,
  `<RuleSetModel functionName="classification">
${SCHEMA}
<RuleSet><RuleSelectionMethod criterion="firstHit"/>
<SimpleRule score="a" weight="1"><True/></SimpleRule></RuleSet>
</RuleSetModel>`,
);

const shares = '<ScoreDistribution value="a" recordCount="3"/><ScoreDistribution value="b" recordCount="1"/>';
const TREE = toPmml(
  `${AB}\n${FIELDS}`,
  `<TreeModel functionName="classification" missingValueStrategy="defaultChild">
${SCHEMA}
<Node id="1" score="a" defaultChild="2"><True/>${shares}
<Node id="2" score="a"><SimplePredicate field="x" operator="lessThan" value="1"/>${shares}</Node>
<Node id="3" score="a"><SimpleSetPredicate field="c" booleanOperator="isIn"><Array type="string">u "v"</Array></SimpleSetPredicate>${shares}</Node>
<Node id="4" score="a"><CompoundPredicate booleanOperator="xor"><SimplePredicate field="o" operator="lessThan" value="high"/><False/></CompoundPredicate>${shares}</Node>
</Node>
</TreeModel>`,
);
const NUMBER_TREE = toPmml(
  `${NUMBER}\n${FIELDS}`,
  `<TreeModel functionName="regression">\n${SCHEMA}\n<Node score="1"><True/></Node>\n</TreeModel>`,
);

const INNER = `<RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema><RegressionTable intercept="1"/></RegressionModel>`;
const MINING = toPmml(
  `${NUMBER}\n${FIELDS}`,
  `<MiningModel functionName="regression">
${SCHEMA}
<Segmentation multipleModelMethod="average">
<Segment weight="1"><True/>
${INNER}
</Segment>
</Segmentation>
</MiningModel>`,
);
const VOTES = toPmml(
  `${AB}\n${FIELDS}`,
  `<MiningModel functionName="classification">
${SCHEMA}
<Segmentation multipleModelMethod="majorityVote">
<Segment><True/>
<TreeModel functionName="classification">${SCHEMA}<Node score="a"><True/></Node></TreeModel>
</Segment>
</Segmentation>
</MiningModel>`,
);
/** The first model of the chain is replaced in the cases. */
const CHAIN = toPmml(
  `${NUMBER}\n${FIELDS}`,
  `<MiningModel functionName="regression">
${SCHEMA}
<Segmentation multipleModelMethod="modelChain">
<Segment><True/>${INNER.replace('<RegressionTable', '<Output><OutputField name="p"/></Output><RegressionTable')}</Segment>
<Segment><True/>${INNER.replaceAll('name="x"', 'name="p"').replace('intercept="1"/>', 'intercept="1"><NumericPredictor name="p" coefficient="1"/></RegressionTable>')}</Segment>
</Segmentation>
</MiningModel>`,
);

const toExpression = (expression: string): Change => [
  '<FieldRef field="x"/></DerivedField>',
  `${expression}</DerivedField>`,
];
/** DerivedFields are read when they are used. */
const DERIVED = REGRESSION.replace('<NumericPredictor name="x"', '<NumericPredictor name="d"');
const BINS =
  '<DiscretizeBin binValue="1"><Interval closure="closedOpen" leftMargin="0" rightMargin="1"/></DiscretizeBin>';
const TABLE = '<InlineTable><row><k>u</k><v>1</v></row></InlineTable>';
const toMap = (table: string, pair = '<FieldColumnPair field="c" column="k"/>') =>
  toExpression(`<MapValues outputColumn="v" dataType="double">${pair}${table}</MapValues>`);

const FUNCTION = REGRESSION.replace(
  '</DataDictionary>',
  `</DataDictionary>
<TransformationDictionary>
<DefineFunction name="f" optype="continuous"><ParameterField name="a"/><FieldRef field="a"/></DefineFunction>
</TransformationDictionary>`,
)
  .replace(...toExpression('<Apply function="f"><FieldRef field="x"/></Apply>'))
  .replace('<NumericPredictor name="x"', '<NumericPredictor name="d"');

const CASES: Readonly<Record<string, readonly (readonly [file: string, change: Change, problem: string])[]>> = {
  'a file': [
    [REGRESSION, ['version="4.4"', 'version="4.4" strange="1"'], 'the attribute "strange" of PMML is not supported'],
    [
      REGRESSION,
      ['<DataDictionary>', '<DataDictionary>\n<DataField name="x" optype="continuous" dataType="double"/>'],
      'expected each DataField once, not "x" again',
    ],
    [REGRESSION, ['name="x" optype="continuous"', 'name="x"'], 'expected the attribute optype in DataField'],
    [
      REGRESSION,
      ['name="x" optype="continuous" dataType="double"', 'name="x" optype="continuous"'],
      'expected the attribute dataType in DataField',
    ],
    [
      REGRESSION,
      ['name="x" optype="continuous" dataType="double"', 'name="x" optype="continuous" dataType="dateDaysSince[1970]"'],
      'expected a DataField "x" of a type that the engine knows',
    ],
    [
      REGRESSION,
      ['name="x" optype="continuous" dataType="double"', 'name="x" optype="continuous" dataType="complex"'],
      'the data type "complex" is not supported',
    ],
    [REGRESSION, ['<Value value="u"/>', '<Value value="v"/>'], 'expected each Value once'],
    [
      REGRESSION,
      ['<Value value="u"/>', '<Interval closure="openOpen"/><Value value="u"/>'],
      'expected no Interval in a DataField of no numeric type',
    ],
    [
      REGRESSION,
      ['<MiningField name="x"/>', '<MiningField name="x" usageType="target"/>'],
      'a model of several targets is not supported',
    ],
    [
      REGRESSION,
      ['<MiningField name="x"/>', '<MiningField name="x"/><MiningField name="x"/>'],
      'expected each MiningField once, not "x" again',
    ],
    [
      REGRESSION,
      ['<MiningField name="z"/>', '<MiningField name="z" usageType="group"/>'],
      'the usage type group is not supported',
    ],
    [
      REGRESSION,
      ['<MiningField name="z"/>', '<MiningField name="z" invalidValueTreatment="asValue"/>'],
      'expected the attribute invalidValueReplacement',
    ],
    [
      REGRESSION,
      ['<MiningField name="c"/>', '<MiningField name="c" outliers="asExtremeValues"/>'],
      'expected no outliers in a field of no numeric type',
    ],
    [
      REGRESSION,
      ['<MiningField name="z"/>', '<MiningField name="z" outliers="asExtremeValues" lowValue="2" highValue="1"/>'],
      'expected lowValue below highValue',
    ],
    [
      REGRESSION,
      [
        '<MiningField name="z"/>',
        '<MiningField name="z" missingValueReplacement="1" missingValueTreatment="returnInvalid"/>',
      ],
      'expected either missingValueReplacement or missingValueTreatment="returnInvalid"',
    ],
    [
      REGRESSION,
      ['<MiningField name="z"/>', '<MiningField name="z" missingValueReplacement="1.5"/>'],
      'expected a value of type integer',
    ],
    [
      NUMBER_TREE,
      [SCHEMA, '<MiningSchema><MiningField name="y" usageType="target"/></MiningSchema>'],
      'expected an active MiningField',
    ],
    [VOTES, ['<Value value="b"/>', ''], 'expected two classes or more'],
  ],
  'a model': [
    [REGRESSION, [' functionName="regression"', ''], 'expected the attribute functionName in RegressionModel'],
    [
      REGRESSION,
      ['functionName="regression"', 'functionName="clustering"'],
      'the function clustering is not supported: expected classification or regression',
    ],
    [
      REGRESSION,
      ['functionName="regression"', 'functionName="guessing"'],
      'the attribute functionName of RegressionModel: expected one of classification, regression, clustering, associationRules, sequences, timeSeries, mixed',
    ],
    [REGRESSION, ['</Target>', '</Target><Target/>'], 'Targets with more or less than one Target is not supported'],
    [REGRESSION, ['<Target field="y"', '<Target field="x"'], 'expected the target of the model, not "x"'],
    [
      REGRESSION,
      ['<TargetValue defaultValue="1"/>', '<TargetValue/><TargetValue/>'],
      'expected one TargetValue of a regression',
    ],
    [
      BINARY,
      ['</MiningSchema>', '</MiningSchema><Targets><Target castInteger="round"/></Targets>'],
      'rescaling of a classification is not supported',
    ],
    [
      BINARY,
      [
        '</MiningSchema>',
        '</MiningSchema><Targets><Target><TargetValue value="a" priorProbability="1"/><TargetValue value="b"/></Target></Targets>',
      ],
      'expected a priorProbability in each TargetValue',
    ],
    [
      BINARY,
      ['targetCategory="b"', 'targetCategory="d"'],
      `the class "d": expected one of the target's values in DataDictionary`,
    ],
    [
      BINARY,
      [
        'name="y" optype="categorical" dataType="string"><Value value="a"/><Value value="b"/>',
        'name="y" optype="categorical" dataType="integer">',
      ],
      'the class "a": expected a value of type integer, as the target',
    ],
  ],
  'a derived field': [
    [DERIVED, [' dataType="double"><FieldRef', '><FieldRef'], 'expected the attribute dataType in DerivedField'],
    [DERIVED, ['name="d" optype="continuous"', 'name="d"'], 'expected the attribute optype in DerivedField'],
    [DERIVED, ['name="d" optype', 'name="x" optype'], 'expected a new name for the derived field, not "x"'],
    [DERIVED, toExpression('<FieldRef field="x"/><FieldRef field="z"/>'), 'expected one expression in DerivedField'],
    [DERIVED, toExpression('<FieldRef field="no"/>'), 'expected a field that the model knows, not "no"'],
    [
      DERIVED,
      ['optype="continuous" dataType="double"><FieldRef', 'optype="continuous" dataType="date"><FieldRef'],
      'the conversion of a double to a date is not supported',
    ],
    [DERIVED, toExpression('<Constant>many</Constant>'), 'expected a value of type double'],
    [DERIVED, toExpression('<Constant missing="true"/>'), 'a missing Constant without a data type is not supported'],
    [
      DERIVED,
      toExpression(
        '<NormContinuous field="c"><LinearNorm orig="0" norm="0"/><LinearNorm orig="1" norm="1"/></NormContinuous>',
      ),
      'NormContinuous: expected a field of a numeric type, not string',
    ],
    [
      DERIVED,
      toExpression('<NormContinuous field="x"><LinearNorm orig="0" norm="0"/></NormContinuous>'),
      'expected two LinearNorm or more in NormContinuous',
    ],
    [
      DERIVED,
      toExpression(
        '<NormContinuous field="x"><LinearNorm orig="1" norm="0"/><LinearNorm orig="1" norm="1"/></NormContinuous>',
      ),
      'expected LinearNorm in the order of orig',
    ],
    [
      DERIVED,
      toExpression(`<Discretize field="x" dataType="double">${BINS.replace(' closure="closedOpen"', '')}</Discretize>`),
      'expected the attribute closure in Interval',
    ],
    [
      DERIVED,
      toExpression(`<Discretize field="x" dataType="double">${BINS}${BINS}</Discretize>`),
      'expected DiscretizeBin that do not overlap',
    ],
    [
      DERIVED,
      toExpression(
        `<Discretize field="x" dataType="double">${BINS.replace('closedOpen', 'closedClosed')}${BINS.replace('"0"', '"1"').replace('Margin="1"/>', 'Margin="2"/>')}</Discretize>`,
      ),
      'expected DiscretizeBin that do not overlap',
    ],
    [DERIVED, toMap('', ''), 'expected a FieldColumnPair in MapValues'],
    [DERIVED, toMap(''), 'MapValues without an InlineTable is not supported'],
    [DERIVED, toMap(TABLE.replaceAll('<k>u</k>', '')), 'expected the column "k" in row'],
    [
      DERIVED,
      toMap(TABLE.replace('<row><k>u</k><v>1</v></row>', '<row><k>u</k><v>1</v></row>'.repeat(2))),
      'expected each row of the InlineTable once',
    ],
    [
      DERIVED,
      toExpression('<Apply function="ln" invalidValueTreatment="asIs"><FieldRef field="x"/></Apply>'),
      'invalidValueTreatment="asIs" of Apply is not supported',
    ],
    [DERIVED, toExpression('<Apply function="max"/>'), 'the function "max": expected 1 arguments or more'],
    [
      DERIVED,
      toExpression('<Apply function="if"><FieldRef field="x"/></Apply>'),
      'the function "if": expected 2 to 3 arguments',
    ],
    [DERIVED, toExpression('<Apply function="ln"/>'), 'the function "ln": expected 1 argument'],
    [
      DERIVED,
      toExpression('<Apply function="if"><FieldRef field="x"/><Constant>1</Constant></Apply>'),
      'expected a condition of type boolean',
    ],
    [
      DERIVED,
      toExpression(
        '<Apply function="if"><Apply function="isMissing"><FieldRef field="x"/></Apply><FieldRef field="x"/><FieldRef field="c"/></Apply>',
      ),
      'expected results of one type, not double and string',
    ],
    [
      DERIVED,
      toExpression('<Apply function="and"><FieldRef field="x"/><FieldRef field="x"/></Apply>'),
      'expected arguments of type boolean',
    ],
    [
      DERIVED,
      toExpression('<Apply function="equal"><FieldRef field="x"/><FieldRef field="c"/></Apply>'),
      'expected arguments of one type, not double and string',
    ],
    [
      DERIVED,
      toExpression('<Apply function="equal"><FieldRef field="x"/><Constant>u</Constant></Apply>'),
      'expected a constant of type double',
    ],
    [
      DERIVED,
      toExpression('<Apply function="uppercase"><FieldRef field="x"/></Apply>'),
      'expected an argument of type string, not double',
    ],
    [
      DERIVED,
      toExpression('<Apply function="dateDaysSinceYear"><FieldRef field="x"/><Constant>1970</Constant></Apply>'),
      'expected a date and a year',
    ],
    [
      DERIVED,
      toExpression('<Apply function="dateSecondsSinceMidnight"><FieldRef field="x"/></Apply>'),
      'expected a time',
    ],
    [
      DERIVED,
      toExpression('<Apply function="x-secret"><FieldRef field="x"/></Apply>'),
      'the function "x-secret" is not supported',
    ],
    [
      DERIVED.replace('dataType="integer"', 'dataType="float"').replace(...toExpression('<FieldRef field="z"/>')),
      ['<FieldRef field="z"/></DerivedField>', '<FieldRef field="z" mapMissingTo="0.1"/></DerivedField>'],
      'mapMissingTo of a float with a number that is none is not supported: engines round it or not',
    ],
  ],
  'a function that the file defines': [
    [FUNCTION, ['name="f" optype', 'name="ln" optype'], 'expected a new name for the function, not "ln"'],
    [
      FUNCTION,
      ['<Apply function="f"><FieldRef field="x"/>', '<Apply function="f">'],
      'the function "f": expected 1 arguments',
    ],
    [
      FUNCTION,
      ['<Apply function="f">', '<Apply function="f" mapMissingTo="1">'],
      'mapMissingTo for a function that the file defines is not supported',
    ],
    [
      FUNCTION,
      ['<FieldRef field="a"/></DefineFunction>', '<FieldRef field="x"/></DefineFunction>'],
      'expected a parameter of the function, not "x"',
    ],
    [
      FUNCTION,
      ['<FieldRef field="a"/></DefineFunction>', '</DefineFunction>'],
      'expected one expression in DefineFunction',
    ],
  ],
  'a RegressionModel': [
    [
      REGRESSION,
      ['</RegressionTable>', '</RegressionTable><RegressionTable intercept="0"/>'],
      'expected one RegressionTable in a regression',
    ],
    [
      REGRESSION,
      ['functionName="regression"', 'functionName="regression" normalizationMethod="simplemax"'],
      'normalizationMethod="simplemax" of a regression is not supported',
    ],
    [REGRESSION, ['<FieldRef field="x"/><FieldRef field="z"/>', ''], 'expected a FieldRef in PredictorTerm'],
    [
      REGRESSION,
      ['<NumericPredictor name="x"', '<NumericPredictor name="c"'],
      'expected a field of a numeric type, not string',
    ],
    [
      REGRESSION,
      ['<NumericPredictor name="x"', '<NumericPredictor name="x" exponent="0.5"'],
      'the attribute exponent of NumericPredictor: expected an integer from -1000 to 1000',
    ],
    [
      REGRESSION,
      ['<CategoricalPredictor', '<CategoricalPredictor name="c" value="u" coefficient="3"/><CategoricalPredictor'],
      'expected one CategoricalPredictor per value',
    ],
    [REGRESSION, [' intercept="1"', ''], 'expected the attribute intercept in RegressionTable'],
    [BINARY, ['targetCategory="b"', 'targetCategory="a"'], 'expected one RegressionTable per class'],
    [BINARY, ['"logit"', '"exp"'], 'normalizationMethod="exp" of a classification is not supported'],
    [
      BINARY,
      ['intercept="0"/>', 'intercept="3"/>'],
      'expected an empty RegressionTable for the second class, with normalizationMethod="logit"',
    ],
    [
      BINARY.replace(/<RegressionTable targetCategory="a"[^]*?<\/RegressionTable>/, ''),
      ['<RegressionTable targetCategory="b" intercept="0"/>', ''],
      'expected one or two RegressionTable',
    ],
    [
      MULTICLASS,
      ['"softmax"', '"logit"'],
      'normalizationMethod="logit" of more than two classes is not supported: convert the model to softmax',
    ],
    [
      MULTICLASS,
      ['<RegressionTable targetCategory="b" intercept="1"/>', ''],
      'expected 3 RegressionTable, one per class',
    ],
    [
      MULTICLASS.replace('softmax', 'none'),
      ['targetCategory="c" intercept="0"', 'targetCategory="c" intercept="1"'],
      'expected an empty RegressionTable for the last class, with normalizationMethod="none"',
    ],
    [
      ORDINAL,
      ['"logit"', '"softmax"'],
      'normalizationMethod="softmax" of a classification whose target is ordinal is not supported',
    ],
    [ORDINAL, ['<RegressionTable targetCategory="b" intercept="1"/>', ''], 'expected 3 RegressionTable, one per class'],
    [
      ORDINAL,
      [
        '<RegressionTable targetCategory="a" intercept="0"/>\n<RegressionTable targetCategory="b" intercept="1"/>',
        '<RegressionTable targetCategory="b" intercept="0"/><RegressionTable targetCategory="a" intercept="1"/>',
      ],
      "expected each RegressionTable in the order of the target's values",
    ],
  ],
  'a GeneralRegressionModel': [
    [LINEAR, ['"generalLinear"', '"CoxRegression"'], 'modelType="CoxRegression" is not supported'],
    [
      LINEAR,
      ['"generalLinear"', '"multinomialLogistic"'],
      'expected functionName="classification", for modelType="multinomialLogistic"',
    ],
    [
      MULTINOMIAL,
      ['"multinomialLogistic"', '"regression"'],
      'expected functionName="regression", for modelType="regression"',
    ],
    [
      LINEAR,
      ['"generalLinear"', '"generalLinear" offsetVariable="x"'],
      'offsetVariable with modelType="generalLinear" is not supported',
    ],
    [
      MULTINOMIAL,
      ['modelType', 'offsetValue="1" modelType'],
      'offsetValue with modelType="multinomialLogistic" is not supported',
    ],
    [GENERALIZED, ['modelType', 'trialsValue="2" modelType'], 'trialsValue with a classification is not supported'],
    [
      LINEAR,
      ['modelType', 'trialsVariable="x" modelType'],
      'trialsVariable with modelType="generalLinear" is not supported',
    ],
    [GENERALIZED, [' linkFunction="logit"', ''], 'expected the attribute linkFunction'],
    [GENERALIZED, ['"logit"', '"negbin"'], 'expected the attribute distParameter in GeneralRegressionModel'],
    [GENERALIZED, ['"logit"', '"power"'], 'expected the attribute linkParameter in GeneralRegressionModel'],
    [CUMULATIVE, [' cumulativeLink="logit"', ''], 'expected the attribute cumulativeLink'],
    [LINEAR, ['referencePoint="0"', 'referencePoint="1"'], 'a referencePoint other than 0 is not supported'],
    [LINEAR, ['<Parameter name="p2"/>', '<Parameter name="p1"/>'], 'expected each Parameter once, not "p1" again'],
    [
      LINEAR,
      ['<PPCell value="u"', '<PPCell targetCategory="a" value="u"'],
      'the attribute targetCategory of PPCell is not supported',
    ],
    [
      LINEAR,
      ['predictorName="c" parameterName="p2"', 'predictorName="c" parameterName="p9"'],
      'expected a Parameter of ParameterList',
    ],
    [
      LINEAR.replace('<PPCell value="u" predictorName="c"', '<PPCell value="2" predictorName="z"')
        .replace('<Predictor name="x"/>', '<Predictor name="x"/><Predictor name="z"/>')
        .replace('name="z" optype="continuous" dataType="integer"', 'name="z" optype="continuous" dataType="double"'),
      ['name="z" optype="continuous" dataType="double"', 'name="z" optype="ordinal" dataType="date"'],
      'expected a covariate of a numeric type, not date',
    ],
    [
      LINEAR,
      ['predictorName="c"', 'predictorName="z"'],
      'expected a Predictor of FactorList or CovariateList, not "z"',
    ],
    [
      LINEAR,
      ['<Predictor name="c"/>', '<Predictor name="c"><Matrix/></Predictor>'],
      'a contrast Matrix is not supported',
    ],
    [LINEAR, ['<PCell parameterName="p1"', '<PCell parameterName="p9"'], 'expected a Parameter of ParameterList'],
    [LINEAR, ['<PCell parameterName="p1"', '<PCell parameterName="p0"'], 'expected one PCell per parameter and class'],
    [
      LINEAR,
      ['<PCell parameterName="p1"', '<PCell targetCategory="1" parameterName="p1"'],
      'expected no targetCategory in a regression',
    ],
    [
      GENERALIZED,
      ['<Value value="b"/>', '<Value value="b"/><Value value="c"/>'],
      'generalizedLinear of more than two classes is not supported',
    ],
    [
      GENERALIZED,
      ['targetReferenceCategory="a"', 'targetReferenceCategory="b"'],
      'expected coefficients of one class, or without a class',
    ],
    [
      GENERALIZED.replaceAll('targetCategory="b" ', ''),
      [' targetReferenceCategory="a"', ''],
      'expected the attribute targetReferenceCategory in GeneralRegressionModel',
    ],
    [MULTINOMIAL, ['<PCell targetCategory="a"', '<PCell'], 'expected a targetCategory in each PCell'],
    [
      MULTINOMIAL,
      ['targetReferenceCategory="c"', 'targetReferenceCategory="b"'],
      'expected no coefficients of the reference category',
    ],
    [
      MULTINOMIAL,
      ['<PCell targetCategory="a" parameterName="p0" beta="1"/>', ''],
      'expected coefficients of each class but the reference category',
    ],
    [
      CUMULATIVE,
      ['targetReferenceCategory="c"', 'targetReferenceCategory="a"'],
      'a targetReferenceCategory that is not the last class is not supported',
    ],
    [
      CUMULATIVE,
      ['<PCell targetCategory="b" parameterName="p0" beta="1"/>', ''],
      'expected coefficients of each class but the last',
    ],
    [
      CUMULATIVE,
      ['</ParamMatrix>', '<PCell targetCategory="c" parameterName="p0" beta="1"/></ParamMatrix>'],
      'expected no coefficients of the last class',
    ],
  ],
  'a NaiveBayesModel': [
    [
      BAYES,
      ['functionName="classification"', 'functionName="regression"'],
      'expected functionName="classification" in NaiveBayesModel',
    ],
    [
      BAYES,
      [
        '<BayesOutput fieldName="y"><TargetValueCounts><TargetValueCount value="a" count="5"/>',
        '<BayesOutput fieldName="y"><TargetValueCounts><TargetValueCount value="a" count="0"/>',
      ],
      'expected a TargetValueCount above 0 for each class',
    ],
    [BAYES, ['count="1"/>', 'count="-1"/>'], 'expected one count per class, not below 0'],
    [BAYES, [counts(1, 2), counts(1, 2).replace('"b"', '"a"')], 'expected one count per class, not below 0'],
    [
      BAYES.replace('<Value value="a"/><Value value="b"/>', ''),
      [counts(1, 2), counts(1, 2).replace('"b"', '"later"')],
      'expected only classes of BayesOutput',
    ],
    [BAYES, [/<PairCounts.*<\/PairCounts>/.exec(BAYES)?.[0] ?? '', ''], 'expected PairCounts in BayesInput'],
    [BAYES, ['<PairCounts value="v">', '<PairCounts value="u">'], 'expected PairCounts once per value'],
    [BAYES, ['<TargetValueStat value="b">', '<TargetValueStat value="a">'], 'expected one distribution per class'],
    [BAYES, ['mean="1" variance="2"', 'mean="1" variance="0"'], 'expected a variance above 0'],
    [
      BAYES,
      ['<GaussianDistribution mean="1" variance="2"/>', '<PoissonDistribution mean="0"/>'],
      'expected a mean above 0',
    ],
    [
      BAYES,
      ['<GaussianDistribution mean="1" variance="2"/>', '<AnyDistribution mean="1" variance="2"/>'],
      'AnyDistribution is not supported',
    ],
    [
      BAYES,
      ['<GaussianDistribution mean="1" variance="2"/>', '<PoissonDistribution mean="1"/>'],
      'expected a distribution of one kind for each class',
    ],
    [BAYES, ['fieldName="x"', 'fieldName="c"'], 'expected a field of a numeric type, not string'],
    [
      BAYES,
      ['<BayesInputs>', '<BayesInputs><Extension><BayesInput fieldName="z"/></Extension>'],
      'a BayesInput in an Extension is not supported: move it out, which PMML 4.2 and later allow',
    ],
  ],
  'a NeuralNetwork': [
    [NETWORK, ['<Neuron id="3"', '<Neuron id="1"'], 'expected each id of a neuron once, not "1" again'],
    [NETWORK, [' activationFunction="logistic"', ''], 'expected the attribute activationFunction'],
    [NETWORK, ['"logistic"', '"radialBasis"'], 'expected a width above 0, for the activation function radialBasis'],
    [NETWORK, ['from="1"', 'from="2"'], 'expected the id of a neuron of an earlier layer, or of an input'],
    [NETWORK, ['outputNeuron="2"', 'outputNeuron="9"'], 'expected the id of a neuron'],
    [NETWORK, ['<NormContinuous field="y">', '<NormContinuous field="x">'], 'expected the target, not "x"'],
    [NETWORK, ['norm="1"', 'norm="-1"'], 'an output whose norms do not rise is not supported'],
    [
      NETWORK,
      [/<NormContinuous.*<\/NormContinuous>/.exec(NETWORK)?.[0] ?? '', '<NormDiscrete field="y" value="1"/>'],
      'NormDiscrete in a NeuralOutput of a regression is not supported',
    ],
    [
      NETWORK,
      ['<NeuralOutputs>', `<NeuralOutputs>${toOutput(3, '<FieldRef field="y"/>')}`],
      'expected one NeuralOutput in a regression',
    ],
    [
      CLASSES_NETWORK,
      ['<NormDiscrete field="y" value="b"/>', '<FieldRef field="y"/>'],
      'FieldRef in a NeuralOutput of a classification is not supported',
    ],
    [
      CLASSES_NETWORK,
      ['<NormDiscrete field="y" value="b"/>', '<NormDiscrete field="y" value="a"/>'],
      'expected a NeuralOutput for each class',
    ],
  ],
  'a SupportVectorMachineModel': [
    [
      ONE_MACHINE,
      ['functionName', 'alternateBinaryTargetCategory="b" functionName'],
      'alternateBinaryTargetCategory is not supported: set alternateTargetCategory in SupportVectorMachine',
    ],
    [VECTORS, ['<RadialBasisKernelType gamma="1"/>', ''], 'expected one kernel in SupportVectorMachineModel'],
    [
      VECTORS,
      ['<RadialBasisKernelType gamma="1"/>', '<LinearKernelType/><LinearKernelType/>'],
      'expected one kernel in SupportVectorMachineModel',
    ],
    [
      VECTORS,
      ['functionName', 'svmRepresentation="Coefficients" functionName'],
      'expected a linear kernel, for svmRepresentation="Coefficients"',
    ],
    [
      VECTORS,
      ['</SupportVectorMachine>', `</SupportVectorMachine>${toMachine('')}`],
      'expected one SupportVectorMachine in a regression',
    ],
    [VECTORS, ['<Array type="real">1<', '<Array type="real">1 2<'], 'expected 1 numbers, as there are VectorFields'],
    [VECTORS, ['<Array type="real">1<', '<Array type="real" n="2">1<'], 'expected 2 items, as n says'],
    [VECTORS, ['<Array type="real">1<', '<Array type="real">one<'], 'an item of the Array: expected a finite number'],
    [VECTORS, ['<Array type="real">1</Array>', ''], 'expected one array in VectorInstance'],
    [
      VECTORS,
      ['<VectorInstance id="2">', '<VectorInstance id="1">'],
      'expected each VectorInstance once, not "1" again',
    ],
    [VECTORS, ['n="1"', 'n="3"'], 'expected n to be 1, as there are VectorFields'],
    [VECTORS, ['<Indices>1<', '<Indices><'], 'expected as many REAL-Entries as Indices'],
    [VECTORS, ['<Indices>1<', '<Indices>2<'], 'expected Indices from 1 to 1'],
    [VECTORS, ['vectorId="1"', 'vectorId="9"'], 'expected the id of a VectorInstance'],
    [VECTORS, ['<Coefficient value="1"/>', ''], 'expected 1 Coefficient'],
    [ONE_MACHINE, [toMachine('targetCategory="a" alternateTargetCategory="b"'), ''], 'expected a SupportVectorMachine'],
    [
      ONE_MACHINE,
      [' alternateTargetCategory="b"', ''],
      'expected the attribute alternateTargetCategory in the only SupportVectorMachine',
    ],
    [ONE_MACHINE, ['targetCategory="a" ', ''], 'expected the attribute targetCategory in SupportVectorMachine'],
    [
      TWO_MACHINES,
      ['targetCategory="a"', 'targetCategory="a" alternateTargetCategory="b"'],
      'alternateTargetCategory with several machines and OneAgainstAll is not supported',
    ],
    [
      TWO_MACHINES,
      ['functionName', 'classificationMethod="OneAgainstOne" functionName'],
      'expected the attribute alternateTargetCategory in SupportVectorMachine',
    ],
  ],
  'a Scorecard': [
    [
      SCORECARD,
      ['functionName="regression"', 'functionName="classification"'],
      'expected functionName="regression" in Scorecard',
    ],
    [SCORECARD, [' partialScore="1"', ''], 'expected either a partialScore or a ComplexPartialScore in Attribute'],
    [SCORECARD, ['<FieldRef field="x"/>', '<FieldRef field="c"/>'], 'expected an expression of a numeric type'],
    [SCORECARD, ['<Attribute partialScore="1"><True/></Attribute>', ''], 'expected an Attribute in Characteristic'],
    [SCORECARD, ['<True/></Attribute>', '</Attribute>'], 'expected one predicate in Attribute'],
  ],
  'a RuleSetModel': [
    [
      RULES,
      ['functionName="classification"', 'functionName="regression"'],
      'expected functionName="classification" in RuleSetModel',
    ],
    [RULES, ['<RuleSelectionMethod criterion="firstHit"/>', ''], 'expected a RuleSelectionMethod in RuleSet'],
    [RULES, [' criterion="firstHit"', ''], 'expected the attribute criterion in RuleSelectionMethod'],
    [RULES, ['weight="1"', 'weight="-1"'], 'expected a weight that is not below 0'],
    [
      RULES,
      ['<True/>', '<SimplePredicate field="x" operator="equal" value="1"><True/></SimplePredicate>'],
      'the element "True" in SimplePredicate is not supported',
    ],
    [
      RULES,
      ['<True/>', '<SimpleSetPredicate field="c" booleanOperator="isIn"/>'],
      'expected an Array in SimpleSetPredicate',
    ],
    [
      RULES,
      ['<True/>', '<SimpleSetPredicate field="c" booleanOperator="isIn"><Array> "u</Array></SimpleSetPredicate>'],
      'expected a quote at the end of the text',
    ],
    [RULES, ['<True/>', '<CompoundPredicate booleanOperator="and"/>'], 'expected predicates in CompoundPredicate'],
  ],
  'a TreeModel': [
    [NUMBER_TREE, ['<Node score="1"><True/></Node>', ''], 'expected a Node in TreeModel'],
    [
      NUMBER_TREE,
      ['<Node score="1"><True/></Node>', '<Node score="1"><True/></Node>'.repeat(2)],
      'expected one root Node',
    ],
    [
      NUMBER_TREE,
      ['functionName', 'missingValueStrategy="aggregateNodes" functionName'],
      'missingValueStrategy="aggregateNodes" of a regression is not supported: it is defined for classes',
    ],
    [NUMBER_TREE, ['score="1"', 'score="high"'], 'the score of Node: expected a finite number'],
    [NUMBER_TREE, ['<True/>', ''], 'expected a predicate in Node'],
    [NUMBER_TREE, ['<True/>', '<True/><False/>'], 'expected one predicate in Node'],
    [NUMBER_TREE, ['<True/>', '<True/><Regression/>'], 'the element "Regression" in Node is not supported'],
    [NUMBER_TREE, ['<True/>', '<True><True/></True>'], 'the element "True" in a predicate of a Node is not supported'],
    [TREE, ['defaultChild="2"', 'defaultChild="9"'], 'defaultChild: expected the id of a child, not "9"'],
    [TREE, ['score="a" defaultChild', 'strange="1" defaultChild'], 'the attribute "strange" of Node is not supported'],
    [TREE, ['recordCount="3"', 'recordCount="-3"'], 'recordCount: expected a number, not below 0'],
    [
      TREE,
      ['recordCount="3"', 'recordCount="3" strange="1"'],
      'the attribute "strange" of ScoreDistribution is not supported',
    ],
    [TREE, ['<ScoreDistribution value="a"', '<ScoreDistribution'], 'expected the attribute value in ScoreDistribution'],
    [
      TREE,
      ['<ScoreDistribution value="a"', '<ScoreDistribution value="b"'],
      'expected one ScoreDistribution per class',
    ],
    [
      TREE,
      [' recordCount="3"', ''],
      'expected a recordCount in each ScoreDistribution, some above 0, or a probability',
    ],
    [
      TREE.replace('defaultChild"', 'weightedConfidence"')
        .replaceAll('recordCount="3"', 'recordCount="3" probability="0.75"')
        .replaceAll('recordCount="1"', 'recordCount="1" probability="0.25"'),
      [' recordCount="3"', ''],
      'expected a recordCount in each ScoreDistribution, for missingValueStrategy="weightedConfidence"',
    ],
    [
      TREE,
      ['</Node>\n</Node>', '</Node>\n<ScoreDistribution value="a" recordCount="1"/></Node>'],
      'expected each ScoreDistribution before the first Node',
    ],
    [TREE, ['operator="lessThan" value="1"', 'operator="lessThan"'], 'expected the attribute value in SimplePredicate'],
    [TREE, ['<SimplePredicate field="x"', '<SimplePredicate'], 'expected the attribute field in SimplePredicate'],
    [
      TREE,
      ['<SimplePredicate field="x"', '<SimplePredicate strange="1" field="x"'],
      'the attribute "strange" of SimplePredicate is not supported',
    ],
    [
      TREE,
      ['operator="lessThan" value="1"', 'operator="like" value="1"'],
      'SimplePredicate: expected an operator, one of equal, notEqual, lessThan, lessOrEqual, greaterThan, greaterOrEqual, isMissing, isNotMissing',
    ],
    [
      TREE,
      ['operator="lessThan" value="1"', 'operator="lessThan" value="one"'],
      'the value "one" of the predicate: expected a value of type double, as the field',
    ],
    [
      TREE,
      ['value="1"', `value="${'1'.repeat(400)}x"`],
      `the value "${'1'.repeat(80)}…" of the predicate: expected a value of type double, as the field`,
    ],
    [
      TREE,
      ['field="x" operator="lessThan" value="1"', 'field="c" operator="lessThan" value="u"'],
      'lessThan on the field "c" is not supported: it is of no numeric type and has no order',
    ],
    [TREE, ['value="high"', 'value="middle"'], 'the value of the predicate: expected a value of the ordinal field'],
    [
      TREE,
      ['field="c" booleanOperator', 'field="z" booleanOperator'],
      'the value "u" of the predicate: expected a value of type integer, as the field',
    ],
    [TREE, ['<Array type="string">u "v"</Array>', ''], 'expected an Array in SimpleSetPredicate'],
    [
      TREE,
      ['<Array type="string">u "v"</Array>', '<Array>u</Array><Array>v</Array>'],
      'expected one Array in SimpleSetPredicate',
    ],
    [TREE, ['u "v"', 'u "v'], 'expected a quote at the end'],
    [
      TREE,
      ['<SimplePredicate field="o" operator="lessThan" value="high"/><False/>', ''],
      'expected predicates in CompoundPredicate',
    ],
    [TREE, ['<False/>', '<False/><True/>'], 'xor of more or less than two predicates is not supported'],
  ],
  'a MiningModel': [
    [MINING, [' multipleModelMethod="average"', ''], 'expected the attribute multipleModelMethod in Segmentation'],
    [MINING, ['"average"', '"majorityVote"'], 'multipleModelMethod="majorityVote" of a regression is not supported'],
    [VOTES, ['"majorityVote"', '"median"'], 'multipleModelMethod="median" of a classification is not supported'],
    [
      VOTES,
      ['"majorityVote"', '"average"'],
      'expected a model that has probabilities, for multipleModelMethod="average"',
    ],
    [
      MINING,
      ['<Segment weight="1">', '<LocalTransformations/><Segment weight="1">'],
      'LocalTransformations in Segmentation is not supported: move them into MiningModel',
    ],
    [MINING, [/<Segment weight[^]*<\/Segment>/.exec(MINING)?.[0] ?? '', ''], 'expected a Segment in Segmentation'],
    [MINING, [INNER, `${INNER}<VariableWeight field="x"/>`], 'VariableWeight is not supported'],
    [MINING, [INNER, ''], 'expected one model in Segment'],
    [MINING, [INNER, INNER.repeat(2)], 'expected one model in Segment'],
    [MINING, ['weight="1"', 'weight="-1"'], 'expected a weight that is not below 0'],
    [MINING, ['<Segment weight="1"><True/>', '<Segment weight="1">'], 'expected one predicate in Segment'],
    [
      VOTES,
      [/<TreeModel.*<\/TreeModel>/.exec(VOTES)?.[0] ?? '', INNER],
      'expected a classification, as the MiningModel',
    ],
    [
      MINING,
      [
        INNER,
        '<TreeModel functionName="classification"><MiningSchema><MiningField name="x"/></MiningSchema><Node score="a"><True/></Node></TreeModel>',
      ],
      'expected a regression, as the MiningModel',
    ],
    [
      MINING,
      [
        '<MiningSchema><MiningField name="x"/></MiningSchema>',
        '<MiningSchema><MiningField name="x" invalidValueTreatment="asMissing"/></MiningSchema>',
      ],
      'invalidValueTreatment="asMissing" in a model inside another is not supported: set it in the outer model',
    ],
    [
      CHAIN,
      ['<OutputField name="p"/>', '<OutputField name="p" segmentId="1"/>'],
      'the field "p": an output of a segment is not supported as an input of another model (line 15)',
    ],
    [
      CHAIN,
      ['<OutputField name="p"/>', '<OutputField name="p" rank="2"/>'],
      'the field "p": a rank is not supported as an input of another model (line 15)',
    ],
    [
      CHAIN,
      ['<OutputField name="p"/>', '<OutputField name="p" feature="probability"/>'],
      'the field "p": the probability of a regression is not supported as an input of another model (line 15)',
    ],
    [
      CHAIN,
      ['<OutputField name="p"/>', '<OutputField name="p" feature="entityId"/>'],
      'the field "p": the feature entityId is not supported as an input of another model (line 15)',
    ],
    [
      CHAIN,
      ['<OutputField name="p"/>', '<OutputField name="p" feature="residual"/>'],
      'the field "p": the feature "residual" is not supported as an input of another model (line 15)',
    ],
  ],
};

describe('a file in PMML is refused with its line, for', () => {
  for (const [what, cases] of Object.entries(CASES)) {
    describe(what, () => {
      for (const [file, [from, to], problem] of cases) {
        it(`${to.replace(/\s+/g, ' ').slice(0, 80) || `no ${from.slice(0, 40)}`}: ${problem}`, async () => {
          // The change is what it is refused for.
          await describeFile(file);
          expect(file).to.include(from);
          const { problems } = await catchError(DeploymentError, () => describeFile(file.replace(from, () => to)));
          expect(problems.map((text) => text.replace(/^model\.pmml:\d+: /, ''))).to.deep.equal([problem]);
          expect(problems[0]).to.match(/^model\.pmml:\d+: /);
        });
      }
    });
  }
});
