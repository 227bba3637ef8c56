import { expect } from 'chai';
import { DeploymentError } from '../../../../errors/deployment-error.ts';
import { EngineError } from '../../../../errors/engine-error.ts';
import { catchError } from '../../../support/deployment.ts';
import { describeFile, scoreRows, toCategories, toNumber, toPmml, toSchema } from '../../../support/pmml.ts';

const toField = (name: string, type: string, optype = 'categorical') =>
  `<DataField name="${name}" optype="${optype}" dataType="${type}"/>`;
const NAMES = ['x', 'i', 'f', 's', 'b', 'd', 't', 'c'];
const FIELDS = [
  toNumber('y'),
  toNumber('x'),
  toNumber('i', 'integer'),
  toNumber('f', 'float'),
  toField('s', 'string'),
  toField('b', 'boolean'),
  toField('d', 'date', 'ordinal'),
  toField('t', 'dateTime', 'ordinal'),
  toField('c', 'time', 'ordinal'),
].join('\n');

/** A model whose prediction is the value of an expression of a type. */
const toDocument = (expression: string, type = 'double', local = '') =>
  toPmml(
    FIELDS,
    `<RegressionModel functionName="regression">${toSchema('y', ...NAMES)}
<LocalTransformations>${local}<DerivedField name="result" optype="continuous" dataType="${type}">${expression}</DerivedField></LocalTransformations>
<RegressionTable intercept="0"><NumericPredictor name="result" coefficient="1"/></RegressionTable></RegressionModel>`,
  );
const ROW: readonly unknown[] = [2.5, 7, 0.1, '12', true, '2003-04-01', '2003-04-02 01:02:03.5', '23:59'];
const scoreOne = async (document: string, row: readonly unknown[] = ROW) =>
  (await scoreRows(document, [row])).predictions[0];
const reject = async (document: string, row: readonly unknown[] = ROW) =>
  (await catchError(EngineError, () => scoreRows(document, [row]))).message;

const ref = (field: string) => `<FieldRef field="${field}"/>`;
const apply = (name: string, ...parts: readonly string[]) => `<Apply function="${name}">${parts.join('')}</Apply>`;
const constant = (value: string | number, type = '') =>
  `<Constant${type === '' ? '' : ` dataType="${type}"`}>${value}</Constant>`;
const derive = (name: string, type: string, expression: string) =>
  `<DerivedField name="${name}" optype="categorical" dataType="${type}">${expression}</DerivedField>`;
/** 1 for true, 0 for false. */
const truth = (condition: string) => apply('if', condition, constant(1), constant(0));

describe('a value of PMML', () => {
  for (const [from, to, expected] of [
    ['s', 'double', 12],
    ['s', 'integer', 12],
    ['b', 'integer', 1],
    ['b', 'double', 1],
    ['i', 'float', 7],
    ['f', 'double', Math.fround(0.1)],
  ] as const) {
    it(`is cast from the field ${from} to a ${to}`, async () => {
      expect(await scoreOne(toDocument(ref(from), to))).to.equal(expected);
    });
  }

  it('is cast to a text, a boolean and a date, or rejects the row', async () => {
    const equals = (name: string, value: string, type = '') => truth(apply('equal', ref(name), constant(value, type)));
    expect(await scoreOne(toDocument(equals('a', '7'), 'double', derive('a', 'string', ref('i'))))).to.equal(1);
    expect(await scoreOne(toDocument(equals('a', 'true'), 'double', derive('a', 'string', ref('b'))))).to.equal(1);
    const toBoolean = toDocument(truth(ref('a')), 'double', derive('a', 'boolean', ref('i')));
    const toRow = (i: number) => ROW.map((cell, index) => (index === 1 ? i : cell));
    expect(await scoreOne(toBoolean, toRow(1))).to.equal(1);
    expect(await scoreOne(toBoolean, toRow(0))).to.equal(0);
    expect(await reject(toBoolean)).to.equal('values[0]: the field "a" has no value of type boolean.');
    const toDate = toDocument(equals('a', '2003-04-02', 'date'), 'double', derive('a', 'date', ref('t')));
    expect(await scoreOne(toDate)).to.equal(1);
    expect(await reject(toDocument(ref('s')), ROW.with(3, 'many'))).to.equal(
      'values[0]: the field "result" has no value of type double.',
    );
    expect(await reject(toDocument(ref('x'), 'float'), ROW.with(0, null))).to.equal(
      'values[0]: the model has no prediction for this row.',
    );
    for (const [name, type] of [
      ['x', 'string'],
      ['x', 'date'],
      ['d', 'double'],
      ['t', 'time'],
    ] as const) {
      const document = toDocument(truth(apply('isMissing', ref('a'))), 'double', derive('a', type, ref(name)));
      const { problems } = await catchError(DeploymentError, () => describeFile(document));
      expect(problems[0]).to.match(/the conversion of a \w+ to a \w+ is not supported$/);
    }
  });

  it('is a date, a time or both, which are in order', async () => {
    expect(await scoreOne(toDocument(apply('dateSecondsSinceMidnight', ref('c'))))).to.equal(86_340);
    expect(await scoreOne(toDocument(apply('dateSecondsSinceMidnight', ref('t'))))).to.equal(3723);
    expect(await scoreOne(toDocument(apply('dateDaysSinceYear', ref('t'), constant(2003))))).to.equal(91);
    expect(await reject(toDocument(apply('dateDaysSinceYear', ref('d'), constant(99))))).to.equal(
      'values[0]: the function dateDaysSinceYear of "result" has no value here.',
    );
    expect(await scoreOne(toDocument(truth(apply('lessThan', ref('d'), constant('2003-04-02', 'date')))))).to.equal(1);
  });

  for (const [column, cell] of [
    [5, '2003-02-29'],
    [5, 'yesterday'],
    [6, '2003-04-01'],
    [6, '2003-04-31T00:00'],
    [6, '2003-04-01T24:00'],
    [7, '12:60'],
    [7, 'noon'],
  ] as const) {
    it(`is not ${cell}`, async () => {
      const document = toDocument(ref('x'));
      expect(await reject(document, ROW.with(column, cell))).to.equal(
        `values[0][${column}]: column "${NAMES[column]}": expected a value that the model accepts.`,
      );
    });
  }

  it('of a column of floats is not beyond 32 bits', async () => {
    expect(await reject(toDocument(ref('f')), ROW.with(2, 1e300))).to.equal(
      'values[0][2]: column "f": expected a value that the model accepts.',
    );
  });

  it('is found without the blanks around it where the file lists values', async () => {
    const document = toPmml(
      `${toNumber('y')}${toCategories('c', 'u', '  v')}`,
      `<RegressionModel functionName="regression">${toSchema('y', 'c')}<RegressionTable intercept="0"><CategoricalPredictor name="c" value="u" coefficient="1"/><CategoricalPredictor name="c" value="  v" coefficient="2"/></RegressionTable></RegressionModel>`,
    );
    expect((await scoreRows(document, [[' u '], ['  v'], ['u']])).predictions).to.deep.equal([1, 2, 1]);
    await catchError(EngineError, () => scoreRows(document, [['v']]));
  });
});

describe('a function of PMML', () => {
  for (const [expression, expected] of [
    // 4.4's functions, as older files name them.
    [apply('x-hypot', constant(3), constant(4)), 5],
    [apply('x-rint', ref('x')), 2],
    // In 64 bits, even of a float.
    [apply('sqrt', ref('f')), Math.sqrt(Math.fround(0.1))],
    [apply('hypot', ref('f'), ref('f')), Math.hypot(Math.fround(0.1), Math.fround(0.1))],
    // Where the double is missing, in 32 bits.
    [
      apply('sum', ref('f'), ref('i'), '<Constant missing="true" dataType="double"/>'),
      Math.fround(Math.fround(0.1) + 7),
    ],
    [apply('sum', ref('f'), ref('x')), Math.fround(0.1) + 2.5],
    [apply('avg', ref('f'), ref('i')), Math.fround((Math.fround(0.1) + 7) / 2)],
    [apply('stdNormalCDF', constant(4)), 0.9999683287581669],
    [apply('stdNormalIDF', constant('0.001')), -3.090232306167813],
    [apply('stringLength', apply('concat', ref('s'), constant('007'))), 3],
    [apply('stringLength', apply('concat', ref('s'), constant('007', 'string'))), 5],
    [truth(apply('equal', constant('7'), constant('7.0'))), 1],
    [truth(apply('equal', constant('12'), ref('s'))), 1],
    [truth(apply('and', ref('b'), constant('true'))), 1],
    [truth(apply('equal', apply('if', ref('b'), constant('1'), ref('s')), constant('1'))), 1],
    [truth(apply('equal', apply('if', ref('b'), ref('s'), constant('1')), constant('12'))), 1],
    [truth(apply('equal', apply('if', ref('b'), ref('s'), ref('s')), ref('s'))), 1],
    [truth(apply('equal', apply('uppercase', constant(7)), constant('7'))), 1],
    [
      apply(
        'if',
        apply('isMissing', apply('sum', `<Constant missing="true" dataType="double"/>`)),
        constant(1),
        constant(0),
      ),
      1,
    ],
    [
      '<Apply function="if" mapMissingTo="5"><Apply function="equal"><FieldRef field="x"/><Constant missing="true" dataType="double"/></Apply><FieldRef field="x"/></Apply>',
      5,
    ],
    // Without a second result nothing is missing that could be replaced.
    [
      '<Apply function="if" mapMissingTo="5" defaultValue="6"><Apply function="not"><FieldRef field="b"/></Apply><FieldRef field="x"/></Apply>',
      6,
    ],
    [
      '<Apply function="if" mapMissingTo="5"><FieldRef field="b"/><Constant missing="true" dataType="double"/><FieldRef field="x"/></Apply>',
      5,
    ],
    [
      `<Apply function="concat" invalidValueTreatment="asMissing"><FieldRef field="s"/><Constant missing="true" dataType="string"/></Apply>`.replace(
        /^(.*)$/,
        '<Apply function="if"><Apply function="isMissing">$1</Apply><Constant>8</Constant><Constant>9</Constant></Apply>',
      ),
      8,
    ],
    [
      '<Discretize field="x"><DiscretizeBin binValue="9"><Interval closure="openOpen" leftMargin="0"/></DiscretizeBin></Discretize>',
      9,
    ],
    [
      '<MapValues outputColumn="v"><FieldColumnPair field="s" column="k"/><InlineTable><row><k>12</k><v>4</v></row></InlineTable></MapValues>',
      4,
    ],
    ['<FieldRef field="f" mapMissingTo="0.5"/>', Math.fround(0.1)],
  ] as const) {
    it(`${expression} is ${expected}`, async () => {
      expect(await scoreOne(toDocument(expression))).to.be.closeTo(expected, 1e-15);
    });
  }

  for (const [expression, name] of [
    [apply('stdNormalIDF', ref('x')), 'stdNormalIDF'],
    [apply('pow', ref('i'), constant(-1)), 'pow'],
    [apply('stringLength', apply('substring', ref('s'), constant(0), constant(1))), 'substring'],
    [apply('stringLength', apply('concat', ref('s'), `<Constant missing="true" dataType="string"/>`)), 'concat'],
  ] as const) {
    it(`${expression} has no value`, async () => {
      expect(await reject(toDocument(expression))).to.equal(
        `values[0]: the function ${name} of "result" has no value here.`,
      );
    });
  }

  it('stdNormalIDF of 0 and 1 is infinite, which is no prediction', async () => {
    for (const p of ['0', '1'])
      expect(await reject(toDocument(apply('stdNormalIDF', constant(p))))).to.equal(
        'values[0]: the model has no prediction for this row.',
      );
  });
});

describe('a predicate of PMML', () => {
  const toTree = (predicate: string, fields = `${toNumber('x')}${toCategories('c', 'a', 'b')}`) =>
    toPmml(
      `${toNumber('y')}${fields}`,
      `<MiningModel functionName="regression">${toSchema('y', 'x', 'c')}<Segmentation multipleModelMethod="selectFirst"><Segment>${predicate}<TreeModel functionName="regression">${toSchema('y', 'x')}<Node score="1"><True/></Node></TreeModel></Segment><Segment><True/><TreeModel functionName="regression">${toSchema('y', 'x')}<Node score="0"><True/></Node></TreeModel></Segment></Segmentation></MiningModel>`,
    );
  const simple = (field: string, operator: string, value: string) =>
    `<SimplePredicate field="${field}" operator="${operator}" value="${value}"/>`;
  const SIZES =
    toNumber('x') +
    '<DataField name="c" optype="ordinal" dataType="string"><Value value="s"/><Value value="m"/><Value value="l"/></DataField>';

  for (const [operator, expected] of [
    ['lessThan', [1, 0, 0]],
    ['lessOrEqual', [1, 1, 0]],
    ['greaterThan', [0, 0, 1]],
    ['greaterOrEqual', [0, 1, 1]],
  ] as const) {
    it(`compares an ordinal field by ${operator}`, async () => {
      const document = toTree(simple('c', operator, 'm'), SIZES);
      expect(
        (
          await scoreRows(document, [
            [0, 's'],
            [0, 'm'],
            [0, 'l'],
          ])
        ).predictions,
      ).to.deep.equal(expected);
      // A value without a rank is neither above nor below.
      const loose = document.replace('<MiningField name="c"/>', '<MiningField name="c" invalidValueTreatment="asIs"/>');
      expect((await scoreRows(loose, [[0, 'xl']])).predictions).to.deep.equal([0]);
    });
  }

  for (const [predicate, rows] of [
    [
      simple('x', 'notEqual', '1'),
      [
        [1, 0],
        [2, 1],
        [null, 0],
      ],
    ],
    [
      simple('x', 'lessThan', 'INF'),
      [
        [1e300, 1],
        [null, 0],
      ],
    ],
    [simple('x', 'greaterThan', ' -INF '), [[-1e300, 1]]],
    [
      '<SimplePredicate field="x" operator="isNotMissing"/>',
      [
        [1, 1],
        [null, 0],
      ],
    ],
    [
      `<CompoundPredicate booleanOperator="and"><CompoundPredicate booleanOperator="or">${simple('x', 'lessThan', '0')}${simple('x', 'greaterThan', '5')}</CompoundPredicate>${simple('c', 'equal', 'a')}</CompoundPredicate>`,
      [
        [-1, 1],
        [3, 0],
        [6, 1],
      ],
    ],
  ] as [string, [number | null, number][]][]) {
    it(`evaluates ${predicate} in a Segment`, async () => {
      const { predictions } = await scoreRows(
        toTree(predicate),
        rows.map(([x]) => [x, 'a']),
      );
      expect(predictions).to.deep.equal(rows.map(([, expected]) => expected));
    });
  }
});

describe('the probabilities of a tree', () => {
  const toTree = (nodes: string, attributes = '', targets = '') =>
    toPmml(
      `${toNumber('x')}${toCategories('y', 'a', 'b')}`,
      `<TreeModel functionName="classification" ${attributes}>${toSchema('y', 'x')}${targets}${nodes}</TreeModel>`,
    );
  const share = (a: string, b: string) => `<ScoreDistribution value="a" ${a}/><ScoreDistribution value="b" ${b}/>`;
  const BELOW = '<SimplePredicate field="x" operator="lessThan" value="0"/>';
  const ABOVE = '<SimplePredicate field="x" operator="greaterOrEqual" value="0"/>';

  it('are those of the file where it has some, and there are none where they do not sum to 1', async () => {
    const toOne = (a: number, b: number) =>
      toTree(
        `<Node score="a"><True/>${share(`recordCount="1" probability="${a}"`, `recordCount="1" probability="${b}"`)}</Node>`,
      );
    expect((await scoreRows(toOne(0.75, 0.25), [[1]])).probabilities).to.deep.equal([[0.75, 0.25]]);
    expect(await scoreRows(toOne(0.7, 0.2), [[1]])).to.deep.equal({ predictions: ['a'] });
    expect((await describeFile(toOne(0.7, 0.2))).notices).to.have.length(1);
  });

  const PRIORS = (a: string, b: string) =>
    `<Targets><Target field="y"><TargetValue value="b" priorProbability="${b}"/><TargetValue value="a" priorProbability="${a}"/></Target></Targets>`;

  it('are the priors of the Target where there is no prediction', async () => {
    const nodes = `<Node><True/><Node score="a">${BELOW}${share('recordCount="3"', 'recordCount="1"')}</Node></Node>`;
    expect(await scoreRows(toTree(nodes, '', PRIORS('0.4', '0.6')), [[-1], [1], [null]])).to.deep.equal({
      predictions: ['a', 'b', 'b'],
      probabilities: [
        [0.75, 0.25],
        [0.4, 0.6],
        [0.4, 0.6],
      ],
    });
    // Priors that do not sum to 1 are no probabilities.
    for (const [a, b] of [
      ['0.5', '0.6'],
      ['-0.5', '1.5'],
    ] as const)
      expect((await scoreRows(toTree(nodes, '', PRIORS(a, b)), [[1]])).probabilities).to.equal(undefined);
    // A model without probabilities has those of the priors, and gives none.
    const rules = toTree('', '', PRIORS('0.4', '0.6'))
      .replace('TreeModel', 'RuleSetModel')
      .replace(
        '</TreeModel>',
        `<RuleSet><RuleSelectionMethod criterion="weightedSum"/><SimpleRule score="a">${BELOW}</SimpleRule></RuleSet></RuleSetModel>`,
      );
    expect(await scoreRows(rules, [[-1], [1]])).to.deep.equal({ predictions: ['a', 'b'] });
  });

  for (const strategy of ['aggregateNodes', 'weightedConfidence']) {
    const attributes = `missingValueStrategy="${strategy}"`;
    const leaves = (a: string, b: string) =>
      `<Node score="a" ${a}>${BELOW}${share('recordCount="3"', 'recordCount="1"')}</Node><Node score="b" ${b}>${ABOVE}${share('recordCount="1"', 'recordCount="3"')}</Node>`;

    it(`with ${strategy} are of all leaves that a row may reach`, async () => {
      const document = toTree(`<Node><True/>${leaves('recordCount="4"', 'recordCount="4"')}</Node>`, attributes);
      expect((await scoreRows(document, [[null], [-1]])).probabilities).to.deep.equal([
        [0.5, 0.5],
        [0.75, 0.25],
      ]);
    });

    it(`with ${strategy} need shares in each of them`, async () => {
      const document = toTree(
        `<Node><True/>${leaves('recordCount="4"', 'recordCount="4"').replace(/(<Node score="b".*?)<ScoreDistribution.*<\/Node>/, '$1</Node>')}</Node>`,
        attributes,
      );
      await catchError(EngineError, () => scoreRows(document, [[null]]));
    });

    it(`with ${strategy} are none where no child may be true, unless the node has the prediction`, async () => {
      const never = BELOW.replace('"0"', '"-9"').replace('lessThan', 'equal');
      const inner = `<Node recordCount="4">${BELOW}${share('recordCount="3"', 'recordCount="1"')}<Node score="b" recordCount="4"><False/>${share('recordCount="1"', 'recordCount="3"')}</Node></Node>`;
      const nodes = `<Node recordCount="8"><True/>${share('recordCount="4"', 'recordCount="4"')}${inner}<Node score="b" recordCount="4">${never}${share('recordCount="1"', 'recordCount="3"')}</Node></Node>`;
      await catchError(EngineError, () => scoreRows(toTree(nodes, attributes), [[null]]));
      const last = toTree(nodes, `${attributes} noTrueChildStrategy="returnLastPrediction"`);
      expect((await scoreRows(last, [[null]])).probabilities).to.deep.equal([[0.5, 0.5]]);
    });
  }

  it('with weightedConfidence need the counts of the nodes', async () => {
    const nodes = `<Node><True/><Node score="a">${BELOW}${share('recordCount="3"', 'recordCount="1"')}</Node></Node>`;
    await catchError(EngineError, () =>
      scoreRows(toTree(nodes, 'missingValueStrategy="weightedConfidence"'), [[null]]),
    );
  });
});

describe('the ModelVerification of PMML', () => {
  const toVerified = (rows: string, { fields = '', attributes = '', output = '' } = {}) =>
    toPmml(
      `${toNumber('x')}${toField('b', 'boolean')}<DataField name="y" optype="categorical" dataType="integer"><Value value="0"/><Value value="1"/></DataField>`,
      `<RegressionModel functionName="classification" normalizationMethod="logit">${toSchema('y', 'x', 'b')}
<Output><OutputField name="kind"/><OutputField name="p" feature="probability"/><OutputField name="p1" feature="probability" value="1"/><OutputField name="part" segmentId="1"/><OutputField name="rest" feature="residual"/>${output}</Output>
<ModelVerification ${attributes}><VerificationFields><VerificationField field="x"/><VerificationField field="b"/><VerificationField field="y"/>${fields}</VerificationFields><InlineTable>${rows}</InlineTable></ModelVerification>
<RegressionTable targetCategory="1" intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable><RegressionTable targetCategory="0" intercept="0"/></RegressionModel>`,
    );
  const problem = async (document: string) =>
    (await catchError(DeploymentError, () => describeFile(document))).problems[0]?.replace(/^model.pmml:\d+: /, '');
  const row = (cells: string) => `<row><x>0</x><b>true</b>${cells}</row>`;
  const P = '<VerificationField field="p"/><VerificationField field="p1"/><VerificationField field="kind"/>';

  it('compares classes by their values, and the probability of the prediction', async () => {
    const document = toVerified(row('<y>0.0</y><p>0.5</p><p1>0.5</p1><kind>0</kind>'), {
      fields: P,
      attributes: 'recordCount="1"',
    });
    expect((await describeFile(document)).verification).to.deep.equal({
      fields: ['x', 'b'],
      values: [[0, true]],
      predictions: [0],
    });
    expect(await problem(document.replace('<y>0.0', '<y>1'))).to.equal(
      'row 0 of ModelVerification: the engine computes another "y" than the file has',
    );
    expect(await problem(document.replace('<y>0.0', '<y>zero'))).to.equal(
      'row 0 of ModelVerification: the engine computes another "y" than the file has',
    );
    expect(await problem(document.replace('<p>0.5', '<p>0.6'))).to.equal(
      'row 0 of ModelVerification: the engine computes another "p" than the file has',
    );
    expect(await problem(document.replace('<p1>0.5', '<p1>half'))).to.equal(
      'row 0 of ModelVerification: expected a number as "p1"',
    );
    expect(await problem(document.replace('recordCount="1"', 'recordCount="2"'))).to.equal(
      'expected 2 rows, as recordCount says',
    );
    expect(await problem(document.replace('<x>0</x>', '<x>much</x>'))).to.equal(
      'row 0 of ModelVerification: the engine computes another "y" than the file has',
    );
  });

  it('passes over results that a row has not, and says what is not compared', async () => {
    const fields =
      '<VerificationField field="part"/><VerificationField field="rest"/><VerificationField field="other"/>';
    const { verification, notices } = await describeFile(toVerified(row(''), { fields }));
    expect(verification).to.deep.equal({ fields: ['x', 'b'], values: [[0, true]] });
    expect(notices).to.include('ModelVerification: "other" is no input or result of the engine, and not compared.');
  });

  it('refuses a file whose rows the model rejects', async () => {
    const document = toVerified(row('<y>0</y>')).replace(
      '<MiningField name="x"/>',
      '<MiningField name="x" missingValueTreatment="returnInvalid"/>',
    );
    expect(await problem(document.replace('<x>0</x>', ''))).to.equal(
      'row 0 of ModelVerification: the engine does not score it: the column "x": the model does not accept a missing value',
    );
  });

  it('has no rows where the table is empty', async () => {
    expect((await describeFile(toVerified(''))).verification).to.equal(undefined);
  });
});
