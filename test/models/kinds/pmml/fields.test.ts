import { expect } from 'chai';
import { DeploymentError } from '../../../../errors/deployment-error.ts';
import { EngineError } from '../../../../errors/engine-error.ts';
import { catchError } from '../../../support/deployment.ts';
import { describeFile, scoreRows, toCategories, toNumber, toPmml, toSchema } from '../../../support/pmml.ts';

/** A document whose prediction is the value of an expression. */
function toExpression(
  expression: string,
  fields = FIELDS,
  { type = 'double', dictionary = '', local = '' } = {},
): string {
  const derived = `<DerivedField name="result" optype="continuous" dataType="${type}">${expression}</DerivedField>`;
  return toPmml(
    toNumber('y') + fields,
    `<RegressionModel functionName="regression">${toSchema('y', ...NAMES.filter((name) => fields.includes(`"${name}"`)))}
<LocalTransformations>${local}${derived}</LocalTransformations>
<RegressionTable intercept="0"><NumericPredictor name="result" coefficient="1"/></RegressionTable></RegressionModel>`,
    { dictionary },
  );
}

const NAMES = ['x', 'i', 'f', 's', 'b', 'd', 't'];
const FIELDS = [
  toNumber('x'),
  toNumber('i', 'integer'),
  toNumber('f', 'float'),
  '<DataField name="s" optype="categorical" dataType="string"/>',
  '<DataField name="b" optype="categorical" dataType="boolean"/>',
].join('\n');
const X = '<FieldRef field="x"/>';
const I = '<FieldRef field="i"/>';
const F = '<FieldRef field="f"/>';
const S = '<FieldRef field="s"/>';
const B = '<FieldRef field="b"/>';
const toConstant = (value: string | number, type = '') =>
  `<Constant${type === '' ? '' : ` dataType="${type}"`}>${value}</Constant>`;
const apply = (name: string, ...parts: readonly string[]) => `<Apply function="${name}">${parts.join('')}</Apply>`;
/** 1 for true, 0 for false, -1 for missing. */
const toTruth = (condition: string) =>
  apply('if', apply('isMissing', condition), toConstant(-1), apply('if', condition, toConstant(1), toConstant(0)));

describe('an expression of PMML', () => {
  // x, i, f, s, b
  const ROW = [2.5, 7, 0.1, ' Abc ', true];
  const MISSING = [null, null, null, null, null];
  for (const [expression, expected] of [
    [apply('+', X, I), 9.5],
    [apply('-', X, I), -4.5],
    [apply('*', X, I), 17.5],
    [apply('/', I, X), 2.8],
    // In 32 bits where both are: 0.1 + 0.1 is 0.20000000298023224.
    [apply('+', F, F), 0.20000000298023224],
    [apply('+', F, X), 0.10000000149011612 + 2.5],
    [apply('min', X, I, toConstant(3)), 2.5],
    [apply('max', X, I, toConstant(3)), 7],
    [apply('sum', X, I, toConstant(3)), 12.5],
    [apply('avg', X, I, toConstant(1)), 3.5],
    [apply('product', X, I, toConstant(2)), 35],
    [apply('median', X, I, toConstant(3)), 3],
    [apply('median', X, I, toConstant(3), toConstant(4)), 3.5],
    [apply('log10', toConstant(1000)), 3],
    [apply('ln', X), Math.log(2.5)],
    [apply('ln1p', toConstant('1e-10')), 9.9999999995e-11],
    [apply('exp', X), Math.exp(2.5)],
    [apply('expm1', toConstant('1e-10')), 1.00000000005e-10],
    [apply('sqrt', toConstant(2)), Math.SQRT2],
    [apply('abs', toConstant('-2.5')), 2.5],
    [apply('pow', X, toConstant(2)), 6.25],
    [apply('threshold', X, toConstant('2.4')), 1],
    [apply('threshold', X, X), 0],
    [apply('floor', toConstant('-2.5')), -3],
    [apply('ceil', toConstant('-2.5')), -2],
    [apply('round', X), 3],
    [apply('round', toConstant('-2.5')), -2],
    [apply('rint', X), 2],
    [apply('rint', toConstant('3.5')), 4],
    [apply('modulo', toConstant(-7), toConstant(3)), 2],
    [apply('modulo', I, toConstant('-2.5')), -0.5],
    [apply('hypot', toConstant(3), toConstant(4)), 5],
    [apply('atan2', toConstant(1), toConstant(1)), Math.PI / 4],
    [apply('sin', X), Math.sin(2.5)],
    [apply('tanh', X), Math.tanh(2.5)],
    // From tables of the normal distribution and of the error function.
    [apply('erf', toConstant('0.5')), 0.5204998778130465],
    [apply('erf', toConstant('-2.5')), -0.999593047982555],
    [apply('stdNormalCDF', toConstant('1.96')), 0.9750021048517795],
    [apply('stdNormalCDF', toConstant(-5)), 2.866515718791939e-7],
    [apply('stdNormalIDF', toConstant('0.975')), 1.959963984540054],
    [apply('stdNormalPDF', toConstant(0)), 0.3989422804014327],
    [apply('normalCDF', toConstant(1), toConstant('0.5'), toConstant(2)), 0.5987063256829237],
    [apply('normalPDF', toConstant(1), toConstant('0.5'), toConstant(2)), 0.1933340584014246],
    [apply('normalIDF', toConstant('0.3'), toConstant('0.5'), toConstant(2)), -0.5488010254160818],
    [toTruth(apply('equal', I, toConstant('7.0'))), 1],
    [toTruth(apply('equal', F, toConstant('0.1'))), 1],
    [toTruth(apply('notEqual', S, toConstant('Abc'))), 1],
    [toTruth(apply('lessThan', I, toConstant('6.5'))), 0],
    [toTruth(apply('greaterOrEqual', X, toConstant('2.5'))), 1],
    [toTruth(apply('lessOrEqual', X, I)), 1],
    [toTruth(apply('greaterThan', X, I)), 0],
    [toTruth(apply('isIn', I, toConstant(1), toConstant(7))), 1],
    [toTruth(apply('isNotIn', I, toConstant(1), toConstant(7))), 0],
    [toTruth(apply('and', B, apply('not', B))), 0],
    [toTruth(apply('or', B, apply('not', B))), 1],
    [toTruth(apply('isNotMissing', X)), 1],
    [apply('if', B, toConstant(1)), 1],
    [toTruth(apply('equal', apply('trimBlanks', S), toConstant('Abc'))), 1],
    [toTruth(apply('equal', apply('uppercase', S), toConstant(' ABC '))), 1],
    [toTruth(apply('equal', apply('lowercase', S), toConstant(' abc '))), 1],
    [toTruth(apply('equal', apply('substring', S, toConstant(2), toConstant(2)), toConstant('Ab'))), 1],
    [toTruth(apply('equal', apply('concat', I, toConstant('-'), B), toConstant('7-true'))), 1],
    [apply('stringLength', S), 5],
    ['<NormDiscrete field="s" value=" Abc "/>', 1],
    ['<NormDiscrete field="s" value="Abc"/>', 0],
  ] as [string, number][]) {
    it(`${expression} is ${expected}`, async () => {
      const { predictions } = await scoreRows(toExpression(expression), [ROW]);
      expect(predictions[0]).to.be.closeTo(expected, 1e-15 + 1e-14 * Math.abs(expected));
    });
  }

  for (const [expression, expected] of [
    [`<Apply function="+" mapMissingTo="3">${X}${I}</Apply>`, 3],
    [`<Apply function="+" defaultValue="4">${X}${I}</Apply>`, 4],
    [apply('sum', X, toConstant(2)), 2],
    [apply('avg', X, toConstant(2), I, toConstant(4)), 3],
    [toTruth(apply('and', B, toConstant('false', 'boolean'))), 0],
    [toTruth(apply('or', B, toConstant('true', 'boolean'))), 1],
    [toTruth(apply('and', B, toConstant('true', 'boolean'))), -1],
    [toTruth(apply('not', B)), -1],
    [toTruth(apply('equal', X, X)), -1],
    ['<FieldRef field="x" mapMissingTo="9"/>', 9],
    ['<NormDiscrete field="s" value="a" mapMissingTo="0.5"/>', 0.5],
    [
      '<NormContinuous field="x" mapMissingTo="-3"><LinearNorm orig="0" norm="0"/><LinearNorm orig="1" norm="1"/></NormContinuous>',
      -3,
    ],
    [apply('if', apply('isMissing', X), toConstant(8), X), 8],
  ] as [string, number][]) {
    it(`${expression} of missing values is ${expected}`, async () => {
      expect((await scoreRows(toExpression(expression), [MISSING])).predictions).to.deep.equal([expected]);
    });
  }

  for (const [expression, message] of [
    [apply('ln', toConstant(-1)), 'the function ln of "result" has no value here'],
    [apply('/', apply('-', X, X), apply('-', X, X)), 'the function / of "result" has no value here'],
    [
      apply('if', apply('equal', '<Constant missing="true" dataType="double"/>', X), X, X),
      'a condition of "result" is neither true nor false, as a value is missing',
    ],
    [
      apply('isIn', '<Constant missing="true" dataType="double"/>', X)
        .replace(/^/, '<Apply function="if">')
        .replace(/$/, `${X}${X}</Apply>`),
      'the function isIn of "result" has no value here',
    ],
  ] as const) {
    it(`${expression} rejects the row`, async () => {
      const error = await catchError(EngineError, () => scoreRows(toExpression(expression), [ROW]));
      expect([error.code, error.message]).to.deep.equal(['invalid_value', `values[0]: ${message}.`]);
    });
  }

  it('takes an invalid result as missing with invalidValueTreatment="asMissing"', async () => {
    const expression = `<Apply function="ln" invalidValueTreatment="asMissing" defaultValue="-1">${toConstant(-1)}</Apply>`;
    expect((await scoreRows(toExpression(expression), [ROW])).predictions).to.deep.equal([-1]);
  });

  const P = '<LinearNorm orig="0" norm="0"/><LinearNorm orig="1" norm="10"/><LinearNorm orig="2" norm="30"/>';
  for (const [attributes, expected] of [
    ['', [5, 20, 40, -10]],
    ['outliers="asExtremeValues"', [5, 20, 30, 0]],
  ] as const) {
    it(`NormContinuous ${attributes} interpolates`, async () => {
      const document = toExpression(`<NormContinuous field="x" ${attributes}>${P}</NormContinuous>`, toNumber('x'));
      expect((await scoreRows(document, [[0.5], [1.5], [2.5], [-1]])).predictions).to.deep.equal(expected);
    });
  }

  it('NormContinuous with outliers="asMissingValues" has no value beyond its points', async () => {
    const document = toExpression(
      `<NormContinuous field="x" outliers="asMissingValues">${P}</NormContinuous>`,
      toNumber('x'),
    );
    await catchError(EngineError, () => scoreRows(document, [[2.5]]));
    expect((await scoreRows(document, [[2]])).predictions).to.deep.equal([30]);
  });

  it('Discretize finds the interval, with its bounds or without', async () => {
    const toBin = (value: number, closure: string, bounds: string) =>
      `<DiscretizeBin binValue="${value}"><Interval closure="${closure}" ${bounds}/></DiscretizeBin>`;
    const bins =
      toBin(1, 'openOpen', 'rightMargin="0"') +
      toBin(2, 'closedClosed', 'leftMargin="0" rightMargin="1"') +
      toBin(3, 'openClosed', 'leftMargin="1" rightMargin="2"') +
      toBin(4, 'closedOpen', 'leftMargin="3" rightMargin="4"');
    const document = toExpression(
      `<Discretize field="x" dataType="integer" defaultValue="9" mapMissingTo="8">${bins}</Discretize>`,
      toNumber('x'),
    );
    const rows = [[-0.5], [0], [1], [1.5], [2], [2.5], [3], [4], [null]];
    expect((await scoreRows(document, rows)).predictions).to.deep.equal([1, 2, 2, 3, 3, 9, 4, 9, 8]);
  });

  it('MapValues finds the row, by one column or several', async () => {
    const table =
      '<InlineTable><row><a>u</a><b>1</b><out>10</out></row><row><a>u</a><b>2</b><out>20</out></row><row><a>v</a><b>1</b><out>30</out></row></InlineTable>';
    const document = toExpression(
      `<MapValues outputColumn="out" dataType="double" defaultValue="7" mapMissingTo="6"><FieldColumnPair field="s" column="a"/><FieldColumnPair field="i" column="b"/>${table}</MapValues>`,
      toNumber('i', 'integer') + '<DataField name="s" optype="categorical" dataType="string"/>',
    );
    // The order of the schema: i, s.
    const rows = [
      [1, 'u'],
      [2, 'u'],
      [1, 'v'],
      [2, 'v'],
      [1, 'U'],
      [null, 'u'],
    ];
    expect((await scoreRows(document, rows)).predictions).to.deep.equal([10, 20, 30, 7, 7, 6]);
  });

  it('calls functions that the file defines, in functions as well', async () => {
    const dictionary = `<TransformationDictionary><DefineFunction name="twice" optype="continuous" dataType="double"><ParameterField name="z"/>${apply('*', '<FieldRef field="z"/>', toConstant(2))}</DefineFunction>
<DefineFunction name="more" optype="continuous"><ParameterField name="x" dataType="double"/>${apply('+', apply('twice', '<FieldRef field="x"/>'), toConstant(1))}</DefineFunction>
<DerivedField name="global" optype="continuous" dataType="double">${apply('more', X)}</DerivedField></TransformationDictionary>`;
    const document = toExpression(apply('more', '<FieldRef field="global"/>'), toNumber('x'), { dictionary });
    // 2 · (2 · 3 + 1) + 1
    expect((await scoreRows(document, [[3]])).predictions).to.deep.equal([15]);
  });

  it('rounds to the type of a derived field', async () => {
    const value = 16777217;
    expect((await scoreRows(toExpression(X, toNumber('x'), { type: 'float' }), [[value]])).predictions).to.deep.equal([
      16777216,
    ]);
    const error = await catchError(EngineError, () =>
      scoreRows(toExpression(X, toNumber('x'), { type: 'integer' }), [[2.5]]),
    );
    expect(error.message).to.equal('values[0]: the field "result" has no value of type integer.');
  });

  it('computes with dates and times', async () => {
    const dates =
      '<DataField name="d" optype="ordinal" dataType="date"/><DataField name="t" optype="ordinal" dataType="dateTime"/>';
    const D = '<FieldRef field="d"/>';
    const T = '<FieldRef field="t"/>';
    for (const [expression, expected] of [
      [apply('dateDaysSinceYear', D, toConstant(1960)), 15796],
      [apply('dateDaysSinceYear', D, toConstant(2003)), 90],
      [apply('dateSecondsSinceYear', T, toConstant(1960)), 15796 * 86400 + 3723],
      [apply('dateSecondsSinceMidnight', T), 3723],
    ] as const) {
      const row = ['2003-04-01', '2003-04-01T01:02:03'];
      expect((await scoreRows(toExpression(expression, dates), [row])).predictions, expression).to.deep.equal([
        expected,
      ]);
    }
  });

  for (const [expression, problem] of [
    [apply('frobnicate', X), 'the function "frobnicate" is not supported'],
    [apply('matches', S, toConstant('(a+)+b')), 'the function "matches" is not supported'],
    [
      apply('/', I, I),
      'the division of an integer by an integer is not supported: engines round it differently; declare one as double',
    ],
    [apply('+', X), 'the function "+": expected 2 arguments'],
    [apply('+', X, S), 'expected arguments of numeric types, not string'],
    [apply('lessThan', S, toConstant('b')), 'expected arguments of types that have an order, not string'],
    [apply('equal', F, X), 'a comparison of a float with a double is not supported: declare both as one type'],
    [apply('concat', S, X), 'concat of a double is not supported: engines write it differently'],
    ['<FieldRef field="nobody"/>', 'expected a field that the model knows, not "nobody"'],
    ['<FieldRef field="result"/>', 'the field "result" depends on itself'],
    ['<TextIndex textField="s"/>', 'TextIndex is not supported'],
    ['<NormDiscrete field="i" value="many"/>', 'expected a value of type integer'],
  ] as const) {
    it(`${expression} is refused with its line`, async () => {
      const { problems } = await catchError(DeploymentError, () => describeFile(toExpression(expression)));
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(/^model\.pmml:\d+: /);
      expect(problems[0]?.replace(/^model\.pmml:\d+: /, '')).to.equal(problem);
    });
  }
});

describe('a MiningField of PMML', () => {
  /** The model 100·x + 10·[c = u] + [c = other]; a missing category adds nothing. */
  const toDocument = (attributes: string, x = toNumber('x'), c = toCategories('c', 'u', 'v')) =>
    toPmml(
      toNumber('y') + x + c,
      `<RegressionModel functionName="regression">${toSchema('y', `name="x" ${attributes}`, `name="c" ${attributes.includes('Value') ? 'invalidValueTreatment="asIs"' : attributes}`)}
<RegressionTable intercept="0"><NumericPredictor name="x" coefficient="100"/><CategoricalPredictor name="c" value="u" coefficient="10"/><CategoricalPredictor name="c" value="other" coefficient="1"/></RegressionTable></RegressionModel>`,
    );
  const scoreOne = async (document: string, row: readonly unknown[]) =>
    (await scoreRows(document, [row])).predictions[0];
  const reject = async (document: string, row: readonly unknown[]) =>
    (await catchError(EngineError, () => scoreRows(document, [row]))).message;

  it('replaces missing values', async () => {
    expect(
      await scoreOne(toDocument('missingValueReplacement="3" missingValueTreatment="asMean"'), [null, 'u']),
    ).to.equal(310);
  });

  it('rejects missing values with returnInvalid, and such a column is not nullable', async () => {
    const document = toDocument('missingValueTreatment="returnInvalid"');
    const { features } = await describeFile(document);
    expect(features[0]?.nullable).to.equal(false);
    expect(await reject(document, [null, 'u'])).to.equal(
      'values[0]: the column "x": the model does not accept a missing value.',
    );
  });

  it('treats outliers', async () => {
    const bounds = 'lowValue="0" highValue="10"';
    expect(await scoreOne(toDocument(`outliers="asExtremeValues" ${bounds}`), [99, 'v'])).to.equal(1000);
    expect(await scoreOne(toDocument(`outliers="asExtremeValues" ${bounds}`), [-99, 'v'])).to.equal(0);
    expect(
      await scoreOne(toDocument(`outliers="asMissingValues" ${bounds} missingValueReplacement="5"`), [99, 'v']),
    ).to.equal(500);
  });

  describe('with invalid values', () => {
    const interval = toNumber('x', 'double', '<Interval closure="closedClosed" leftMargin="0" rightMargin="10"/>');

    it('rejects them unless it says otherwise', async () => {
      expect(await reject(toDocument('', interval), [11, 'u'])).to.equal(
        'values[0][0]: column "x": expected a value that the model accepts.',
      );
      expect(await reject(toDocument(''), [1, 'other'])).to.equal(
        'values[0][1]: column "c": expected a value that the model accepts.',
      );
    });

    it('keeps them with asIs', async () => {
      expect(await scoreOne(toDocument('invalidValueTreatment="asIs"', interval), [11, 'other'])).to.equal(1101);
    });

    it('takes them as missing with asMissing', async () => {
      const document = toDocument('invalidValueTreatment="asMissing" missingValueReplacement="2"', interval);
      expect(await scoreOne(document, [11, 'v'])).to.equal(200);
    });

    it('replaces them with asValue', async () => {
      const document = toDocument('invalidValueTreatment="asValue" invalidValueReplacement="4"', interval);
      expect(await scoreOne(document, [11, 'v'])).to.equal(400);
    });

    it('knows values that are invalid or missing by name', async () => {
      const c =
        '<DataField name="c" optype="categorical" dataType="string"><Value value="u"/><Value value="?" property="missing"/></DataField>';
      const x = toNumber('x', 'double', '<Value value="-1" property="missing"/><Value value="-2" property="invalid"/>');
      const document = toDocument('missingValueReplacement="3"', x, c);
      expect(await scoreOne(document, [-1, 'u'])).to.equal(310);
      expect(await scoreOne(document, [1, '?'])).to.equal(100);
      expect(await reject(document, [-2, 'u'])).to.equal(
        'values[0][0]: column "x": expected a value that the model accepts.',
      );
    });

    it('rejects a fraction in an integer field', async () => {
      expect(await reject(toDocument('', toNumber('x', 'integer')), [1.5, 'u'])).to.equal(
        'values[0][0]: column "x": expected a value that the model accepts.',
      );
    });
  });

  it('of an inner model replaces what the outer one left missing', async () => {
    const inner = `<RegressionModel functionName="regression">${toSchema('y', 'name="x" missingValueReplacement="7"')}<RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable></RegressionModel>`;
    const document = toPmml(
      toNumber('y') + toNumber('x'),
      `<MiningModel functionName="regression">${toSchema('y', 'x')}<Segmentation multipleModelMethod="sum"><Segment><True/>${inner}</Segment><Segment><True/>${inner.replace('"7"', '"1"')}</Segment></Segmentation></MiningModel>`,
    );
    expect((await scoreRows(document, [[null], [5]])).predictions).to.deep.equal([8, 10]);
  });
});
