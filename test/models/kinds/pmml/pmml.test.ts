import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { DeploymentError } from '../../../../errors/deployment-error.ts';
import { buildProgram } from '../../../../models/kinds/pmml/build-model.ts';
import { unpackPlan } from '../../../../models/kinds/pmml/pack-plan.ts';
import type { ModelPlan, Plan, Value } from '../../../../models/kinds/pmml/plan.ts';
import { pmml } from '../../../../models/kinds/pmml/pmml.ts';
import { readFile } from '../../../../models/kinds/pmml/read-file.ts';
import { Random } from '../../../../training/forest/random.ts';
import { compareCase } from '../../../kinds-proof/model-case.ts';
import { catchError } from '../../../support/deployment.ts';
import {
  describeFile,
  scoreRows,
  toCategories,
  toDeployment,
  toNumber,
  toPmml,
  toSchema,
} from '../../../support/pmml.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/pmml', import.meta.url));
/** The cases of test/kinds-proof/make-pmml.py. */
const cases = readdirSync(FOLDER).filter((name) => name !== 'deployments');
const readCase = (name: string) => readFileSync(join(FOLDER, name, 'model.pmml'), 'utf8');

async function listProblems(text: string | Uint8Array): Promise<readonly string[]> {
  return (await catchError(DeploymentError, () => describeFile(text))).problems;
}

const LINEAR = `<RegressionModel functionName="regression">${toSchema('y', 'x')}
<RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable></RegressionModel>`;
const NUMBERS = toNumber('y') + toNumber('x');
const SMALL = toPmml(NUMBERS, LINEAR);

/** A number from 0 up to 1. */
function draw(random: Random): number {
  return (random.next() >>> 0) / 2 ** 32;
}

describe('the kind pmml', () => {
  describe('scores as the library does', () => {
    it('has cases', () => expect(cases).to.have.length.above(5));
    for (const name of cases) {
      it(name, async () => {
        expect((await compareCase(join(FOLDER, name))).problem).to.equal(undefined);
      });
    }
  });

  describe('recognizes', () => {
    const recognizes = (text: string | Uint8Array) =>
      pmml.recognizes(typeof text === 'string' ? Buffer.from(text) : text);
    for (const [name, text] of [
      ['a file with a declaration', SMALL],
      ['a file without', '<PMML version="4.2"/>'],
      [
        'comments and a stylesheet before the root',
        `<?xml version="1.0"?>\n<!-- a > b --><?xml-stylesheet href="a"?>\n<PMML\n>`,
      ],
      ['a byte order mark', `\ufeff${SMALL}`],
      ['a document type, which it refuses later', '<!DOCTYPE PMML SYSTEM "pmml.dtd">\n<PMML>'],
      ['a prefix, which it refuses later', '<p:PMML xmlns:p="x">'],
      ['UTF-16', Buffer.from(`\ufeff${SMALL}`, 'utf16le')],
    ] as const) {
      it(name, () => expect(recognizes(text)).to.equal(true));
    }

    for (const text of [
      '',
      '<',
      '<PMMLX>',
      '<html>',
      '{"PMML":1}',
      '<!-- <PMML> -->',
      '<!--'.repeat(1e5),
      '<?xml ',
      '\0\0\0',
      ' '.repeat(1e6),
    ])
      it(`not ${JSON.stringify(text.slice(0, 20))}`, () => expect(recognizes(text)).to.equal(false));
  });

  it('describes what the file says', async () => {
    const document = toPmml(
      toCategories('risk', 'good', 'bad') +
        toCategories('job', 'a', 'b') +
        toNumber('age', 'integer') +
        toNumber('sum', 'float') +
        '<DataField name="old" optype="categorical" dataType="boolean"/><DataField name="day" optype="continuous" dataType="date"/><DataField name="free" optype="categorical" dataType="string"/>',
      `<RegressionModel functionName="classification" normalizationMethod="logit">${toSchema('risk', 'job', 'age', 'name="sum" missingValueReplacement="1"', 'old', 'day', 'free')}
<Output><OutputField name="p" feature="probability" value="good"/><OutputField name="why" feature="reasonCode"/></Output>
<RegressionTable targetCategory="good" intercept="1"><NumericPredictor name="age" coefficient="1"/></RegressionTable><RegressionTable targetCategory="bad" intercept="0"/></RegressionModel>`,
    ).replace('<Header/>', '<Header><Application name="Writer" version="3.1"/></Header>');
    expect(await describeFile(document)).to.deep.equal({
      format: 'PMML 4.4, Writer 3.1',
      facts: { model: 'RegressionModel' },
      problemType: 'binary',
      classCount: 2,
      classes: ['good', 'bad'],
      label: 'risk',
      features: [
        { name: 'job', type: 'string', isCategorical: true, categories: ['a', 'b'], nullable: true },
        { name: 'age', type: 'integer', isCategorical: false, nullable: false },
        { name: 'sum', type: 'double', isCategorical: false, nullable: true },
        { name: 'old', type: 'boolean', isCategorical: false, nullable: true },
        { name: 'day', type: 'string', isCategorical: false, nullable: true },
        { name: 'free', type: 'string', isCategorical: false, nullable: true },
      ],
      notices: ['The output "why" (reasonCode) is not part of the engine\'s answer.'],
      rejectsUnknown: true,
    });
  });

  for (const version of ['3.0', '3.1', '3.2', '4.0', '4.1', '4.2', '4.2.1', '4.3', '4.4'])
    it(`reads version ${version}`, async () =>
      expect((await describeFile(toPmml(NUMBERS, LINEAR, { version }))).format).to.equal(`PMML ${version}`));

  it('reads other encodings than UTF-8', async () => {
    const text = SMALL.replaceAll('"x"', '"größe"').replace('UTF-8', 'ISO-8859-1');
    expect((await describeFile(Buffer.from(text, 'latin1'))).features[0]?.name).to.equal('größe');
    const wide = Buffer.from(`\ufeff${text.replace('ISO-8859-1', 'UTF-16')}`, 'utf16le');
    expect((await describeFile(wide)).features[0]?.name).to.equal('größe');
    expect(await listProblems(Buffer.from(text.replace('ISO-8859-1', 'UTF-8'), 'latin1'))).to.deep.equal([
      'model.pmml: expected text in the encoding utf-8',
    ]);
  });

  describe('checks ModelVerification', () => {
    const toVerified = (rows: string, fields = '') =>
      SMALL.replace(
        '<RegressionTable',
        `<ModelVerification><VerificationFields><VerificationField field="x" column="data:x"/><VerificationField field="y" ${fields}/></VerificationFields><InlineTable>${rows}</InlineTable></ModelVerification><RegressionTable`,
      );
    const toRow = (x: string, y: string) => `<row><data:x>${x}</data:x><y>${y}</y></row>`;

    it('gives the rows that hold as those of the file', async () => {
      const { verification } = await describeFile(toVerified(toRow('1', '3') + toRow('2.5', '6.000001')));
      expect(verification).to.deep.equal({ fields: ['x'], values: [[1], [2.5]], predictions: [3, 6.000001] });
    });

    it('refuses a file whose rows do not hold, with the line', async () => {
      const expected = ['model.pmml:10: row 1 of ModelVerification: the engine computes another "y" than the file has'];
      expect(await listProblems(toVerified(`${toRow('1', '3')}\n${toRow('1', '3.1')}`))).to.deep.equal(expected);
    });

    it('compares to the precision of the field, and numbers near zero by its threshold', async () => {
      await describeFile(toVerified(toRow('1', '3.1'), 'precision="0.1"'));
      await describeFile(toVerified(toRow('-0.5', '0.01'), 'zeroThreshold="0.01"'));
      await catchError(DeploymentError, () => describeFile(toVerified(toRow('-0.5', '0.01'))));
    });

    it('compares classes and probabilities', async () => {
      const document = readCase('logistic-mixed');
      expect((await describeFile(document)).verification?.probabilities).to.have.length(10);
      const changed = document.replace(/(?<=<data:probability_good>0\.)\d/, (digit) =>
        String((Number(digit) + 1) % 10),
      );
      expect((await listProblems(changed))[0]).to.match(
        /^model\.pmml:\d+: row 0 of ModelVerification: the engine computes another "probability\(good\)" than the file has$/,
      );
    });

    it('refuses rows that the model does not score', async () => {
      expect(await listProblems(toVerified('<row><y>3</y></row>'))).to.deep.equal([
        'model.pmml:9: row 0 of ModelVerification: the engine computes another "y" than the file has',
      ]);
    });
  });

  describe('refuses with the line', () => {
    const inModel = (text: string) => SMALL.replace('<RegressionTable', `${text}<RegressionTable`);
    for (const [name, text, problem] of [
      [
        'a document type',
        SMALL.replace('<PMML', '<!DOCTYPE PMML [<!ENTITY a "b">]>\n<PMML'),
        '2: a document type is not supported: remove <!DOCTYPE …> and its entities',
      ],
      ['an entity', SMALL.replace('"x"', '"&x;"'), '5: expected XML: undefined entity.'],
      ['text that is no XML', SMALL.replace('</RegressionModel>', ''), '10: expected XML: unexpected close tag.'],
      ['an end in the middle', SMALL.slice(0, -20), '9: expected XML: unclosed tag: RegressionModel'],
      [
        'a prefix',
        '<p:PMML xmlns:p="x"/>',
        '1: expected the element PMML without a prefix, not "p:PMML"; declare its namespace with xmlns="…"',
      ],
      [
        'another root',
        '<html/>',
        '1: expected the element PMML without a prefix, not "html"; declare its namespace with xmlns="…"',
      ],
      [
        'an old version',
        toPmml(NUMBERS, LINEAR, { version: '2.1' }),
        '2: this version of PMML is not supported: expected 3.0 to 4.4; convert the file',
      ],
      ['no model', toPmml(NUMBERS, ''), '2: expected a model in PMML'],
      [
        'two models',
        toPmml(NUMBERS, LINEAR + LINEAR),
        '9: a second model in one file is not supported: keep one of RegressionModel, RegressionModel',
      ],
      [
        'a model that it does not know',
        toPmml(NUMBERS, '<ClusteringModel functionName="clustering"/>'),
        '8: the model ClusteringModel is not supported',
      ],
      [
        'a model named constructor',
        toPmml(NUMBERS, '<constructor functionName="regression"/>'),
        '8: the model constructor is not supported',
      ],
      [
        'a model that is not scorable',
        SMALL.replace('functionName', 'isScorable="false" functionName'),
        '8: expected a model that is scorable',
      ],
      [
        'an attribute that it does not know',
        SMALL.replace('functionName', 'x-strange="1" functionName'),
        '8: the attribute "x-strange" of RegressionModel is not supported',
      ],
      [
        'an element that it does not know',
        inModel('<Strange/>'),
        '9: the element "Strange" in RegressionModel is not supported',
      ],
      [
        'a number that is none',
        SMALL.replace('coefficient="2"', 'coefficient="NaN"'),
        '9: the attribute coefficient of NumericPredictor: expected a finite number',
      ],
      [
        'a huge number',
        SMALL.replace('coefficient="2"', 'coefficient="1e999"'),
        '9: the attribute coefficient of NumericPredictor: expected a finite number',
      ],
      [
        'a field that is not there',
        SMALL.replace('name="x" coefficient', 'name="__proto__" coefficient'),
        '9: expected a field that the model knows, not "__proto__"',
      ],
      [
        'selectAll',
        toPmml(
          NUMBERS,
          `<MiningModel functionName="regression">${toSchema('y', 'x')}<Segmentation multipleModelMethod="selectAll"><Segment><True/>${LINEAR}</Segment></Segmentation></MiningModel>`,
        ),
        '8: multipleModelMethod="selectAll" is not supported: a row would have several predictions',
      ],
      [
        'elements that are too deep',
        inModel('<Extension/>'.repeat(3) + '<a>'.repeat(1000)),
        '9: expected at most 100 levels of elements',
      ],
      [
        'nodes that are too deep',
        toPmml(
          NUMBERS,
          `<TreeModel functionName="regression">${toSchema('y', 'x')}${'<Node score="1"><True/>'.repeat(20_000)}`,
        ),
        '8: expected at most 10000 levels of elements',
      ],
      [
        'derived fields that depend on each other in a circle',
        inModel(
          '<LocalTransformations><DerivedField name="a" optype="continuous" dataType="double"><FieldRef field="b"/></DerivedField><DerivedField name="b" optype="continuous" dataType="double"><FieldRef field="a"/></DerivedField></LocalTransformations>',
        ).replace('name="x" coefficient', 'name="a" coefficient'),
        '9: the field "a" depends on itself',
      ],
      [
        'a chain of derived fields that is too long',
        inModel(
          `<LocalTransformations>${Array.from({ length: 2000 }, (_, at) => `<DerivedField name="d${at}" optype="continuous" dataType="double"><FieldRef field="${at === 0 ? 'x' : `d${at - 1}`}"/></DerivedField>`).join('')}</LocalTransformations>`,
        ).replace('name="x" coefficient', 'name="d1999" coefficient'),
        '9: expected at most 300 levels of expressions and of derived fields that depend on each other',
      ],
    ] as const) {
      it(name, async () => expect(await listProblems(text)).to.deep.equal([`model.pmml:${problem}`]));
    }

    it('a chain of derived fields whose expressions are deep', async () => {
      const toField = (at: number) =>
        `<DerivedField name="d${at}" optype="continuous" dataType="double">${'<Apply function="abs">'.repeat(80)}<FieldRef field="${at === 0 ? 'x' : `d${at - 1}`}"/>${'</Apply>'.repeat(80)}</DerivedField>`;
      const toChain = (count: number) =>
        inModel(
          `<LocalTransformations>${Array.from({ length: count }, (_, at) => toField(at)).join('')}</LocalTransformations>`,
        ).replace('name="x" coefficient', `name="d${count - 1}" coefficient`);
      expect((await scoreRows(toChain(3), [[2]])).predictions).to.deep.equal([5]);
      const expected = 'expected at most 300 levels of expressions and of derived fields that depend on each other';
      expect(await listProblems(toChain(10))).to.deep.equal([`model.pmml:9: ${expected}`]);
      // The fields are read one by one here, each after that which it takes: no call is deep until a row is scored.
      const predictors = Array.from({ length: 10 }, (_, at) => `<NumericPredictor name="d${at}" coefficient="1"/>`);
      expect(
        await listProblems(toChain(10).replace('<NumericPredictor', `${predictors.join('')}<NumericPredictor`)),
      ).to.deep.equal([`model.pmml:9: ${expected}`]);
    });

    it('a quote that is very long', async () => {
      const set = `<SimpleSetPredicate field="x" booleanOperator="isIn"><Array>"${'1'.repeat(1e7)}"</Array></SimpleSetPredicate>`;
      const tree = `<TreeModel functionName="regression">${toSchema('y', 'x')}<Node score="1">${set}</Node></TreeModel>`;
      expect((await listProblems(toPmml(NUMBERS, tree)))[0]).to.match(/expected a value of type double, as the field$/);
    });

    it('a few lines that ask for gigabytes', async () => {
      const classes = Array.from({ length: 9000 }, (_, index) => String(index));
      const counts = classes.map((name) => `<TargetValueCount value="${name}" count="1"/>`).join('');
      const fields = toCategories('y', ...classes) + toNumber('x');
      for (const [model, what] of [
        [
          `<TreeModel functionName="classification">${toSchema('y', 'x')}<Node><True/>${'<Node><True/><ScoreDistribution value="1" recordCount="1"/></Node>'.repeat(8000)}</Node></TreeModel>`,
          'probabilities in the nodes of trees',
        ],
        [
          `<NaiveBayesModel functionName="classification" threshold="0">${toSchema('y', 'x')}<BayesInputs><BayesInput fieldName="x">${Array.from({ length: 8000 }, (_, at) => `<PairCounts value="${at}"/>`).join('')}</BayesInput></BayesInputs><BayesOutput fieldName="y"><TargetValueCounts>${counts}</TargetValueCounts></BayesOutput></NaiveBayesModel>`,
          'counts of classes',
        ],
        [
          `<SupportVectorMachineModel functionName="classification">${toSchema('y', 'x')}<LinearKernelType/><VectorDictionary><VectorFields>${'<FieldRef field="x"/>'.repeat(9000)}</VectorFields>${Array.from({ length: 8000 }, (_, at) => `<VectorInstance id="${at}"/>`).join('')}</VectorDictionary></SupportVectorMachineModel>`,
          'numbers in the vectors',
        ],
      ] as const)
        expect((await listProblems(toPmml(fields, model)))[0]?.replace(/^model\.pmml:\d+: /, '')).to.equal(
          `expected at most 67108864 ${what} in the file`,
        );
      const rows = '<row/>'.repeat(10_000);
      const inputs = Array.from({ length: 6000 }, (_, at) => `f${at}`);
      const linear = LINEAR.replace(toSchema('y', 'x'), toSchema('y', 'x', ...inputs)).replace(
        '<RegressionTable',
        `<ModelVerification><VerificationFields/><InlineTable>${rows}</InlineTable></ModelVerification><RegressionTable`,
      );
      const wide = toPmml(NUMBERS + inputs.map((name) => toNumber(name)).join(''), linear);
      expect((await listProblems(wide))[0]).to.match(
        /: expected at most 50000000 values in the rows of ModelVerification$/,
      );
    });

    it('functions that call each other without end', async () => {
      const body = '<Apply function="g"><FieldRef field="z"/></Apply>';
      const dictionary = `<TransformationDictionary><DefineFunction name="g" optype="continuous"><ParameterField name="z"/>${body}</DefineFunction></TransformationDictionary>`;
      const derived =
        '<LocalTransformations><DerivedField name="a" optype="continuous" dataType="double"><Apply function="g"><FieldRef field="x"/></Apply></DerivedField></LocalTransformations>';
      const text = toPmml(
        NUMBERS,
        LINEAR.replace('<RegressionTable', `${derived}<RegressionTable`).replace(
          'name="x" coefficient',
          'name="a" coefficient',
        ),
        { dictionary },
      );
      expect((await listProblems(text))[0]).to.match(/the function "g": expected at most 20 calls in calls$/);
    });

    it('functions that call others twice, many times over', async () => {
      const functions = Array.from({ length: 18 }, (_, at) => {
        const call = at === 0 ? '<FieldRef field="z"/>' : `<Apply function="g${at - 1}"><FieldRef field="z"/></Apply>`;
        return `<DefineFunction name="g${at}" optype="continuous"><ParameterField name="z"/><Apply function="+">${call}${call}</Apply></DefineFunction>`;
      });
      const derived =
        '<LocalTransformations><DerivedField name="a" optype="continuous" dataType="double"><Apply function="g17"><FieldRef field="x"/></Apply></DerivedField></LocalTransformations>';
      const text = toPmml(
        NUMBERS,
        LINEAR.replace('<RegressionTable', `${derived}<RegressionTable`).replace(
          'name="x" coefficient',
          'name="a" coefficient',
        ),
        { dictionary: `<TransformationDictionary>${functions.join('')}</TransformationDictionary>` },
      );
      expect((await listProblems(text))[0]).to.match(/expected at most 20000 calls of functions$/);
    });
  });

  it('refuses a deployment that does not fit the file', async () => {
    const load = async (keys: object) => {
      const file = await toDeployment(SMALL, keys);
      const readBytes = () => Promise.resolve(Buffer.from(SMALL));
      return pmml.load({
        file,
        folder: '',
        readBytes,
        readPieces: () => [],
        readJson: () => Promise.reject(new Error()),
        allowModules: false,
      });
    };
    const example = { fields: ['x'], values: [[1]] };
    const columns = [
      { name: 'x', type: 'string' },
      { name: 'z', type: 'double' },
    ];
    expect((await catchError(DeploymentError, () => load({ columns, example }))).problems).to.deep.equal([
      'deployment.json.columns[0].type: expected double, as model.pmml has',
      'deployment.json.columns[1].name: expected an active MiningField of model.pmml',
    ]);
    const classes = { problem_type: 'binary', label: { name: 'y', type: 'string', classes: ['a', 'b'] } };
    expect(
      (await catchError(DeploymentError, () => load({ ...classes, columns: [columns[1]] }))).problems,
    ).to.deep.equal([
      'deployment.json.problem_type: expected "regression", as model.pmml says',
      'deployment.json.columns: expected the column "x", as model.pmml has',
      'deployment.json.columns[0].name: expected an active MiningField of model.pmml',
    ]);
  });

  describe('lives with hostile files', () => {
    /** Reads a file that may be broken; only a DeploymentError is allowed. */
    const read = (bytes: Buffer) => {
      try {
        readFile(bytes, 'model.pmml').pack();
      } catch (error) {
        if (!(error instanceof DeploymentError)) throw error;
        for (const problem of error.problems) expect(problem).to.match(/^model\.pmml(:\d+)?: /);
        expect(error.message).to.have.length.below(1000);
      }
    };

    for (const name of ['logistic-mixed', 'boosting-xgboost', 'svc', 'mlp-classes']) {
      it(`cut off anywhere: ${name}`, () => {
        const bytes = Buffer.from(readCase(name));
        for (let length = 0; length < bytes.length; length += Math.ceil(bytes.length / 40)) {
          const cut = bytes.subarray(0, length);
          expect(() => readFile(cut, 'model.pmml')).to.throw(DeploymentError);
        }
      });

      it(`with changes at random: ${name}`, () => {
        const random = new Random(name.length);
        const text = readCase(name);
        const words = [
          '-1',
          '1e308',
          'NaN',
          '',
          '0',
          '99999999999',
          '__proto__',
          'constructor',
          '<x>',
          '"',
          '&lt;',
          'true',
          'INF',
        ];
        for (let round = 0; round < 25; round++) {
          const values = [...text.matchAll(/"([^"]*)"/g)];
          const found = values[Math.floor(draw(random) * values.length)] as RegExpExecArray;
          const word = words[Math.floor(draw(random) * words.length)] as string;
          read(
            Buffer.from(
              `${text.slice(0, found.index + 1)}${word}${text.slice(found.index + 1 + (found[1] as string).length)}`,
            ),
          );
          const lines = text.split('\n');
          const line = Math.floor(draw(random) * lines.length);
          lines.splice(line, 1, ...(draw(random) < 0.5 ? [] : [lines[line] as string, lines[line] as string]));
          read(Buffer.from(lines.join('\n')));
        }
      });
    }
  });

  describe('walks trees with the kernel as node by node', () => {
    /** A random tree of binary and other splits, on a number, an integer and a category. */
    function toTree(random: Random, depth: number, isClassifier: boolean, id: string): string {
      const pick = <Item>(items: readonly Item[]) => items[Math.floor(draw(random) * items.length)] as Item;
      const toChildren = (): string => {
        const value = String(Math.floor(draw(random) * 6) - 3);
        const letter = pick(['a', 'b', 'c']);
        const simple = (field: string, operator: string, with_: string) =>
          `<SimplePredicate field="${field}" operator="${operator}" value="${with_}"/>`;
        const field = pick(['x', 'i']);
        const isIn = (operator: string) =>
          `<SimpleSetPredicate field="s" booleanOperator="${operator}"><Array type="string">a c</Array></SimpleSetPredicate>`;
        const pairs = pick([
          [simple(field, 'lessThan', value), simple(field, 'greaterOrEqual', value)],
          [simple(field, 'greaterThan', value), simple(field, 'lessOrEqual', value)],
          [simple('s', 'equal', letter), simple('s', 'notEqual', letter)],
          [isIn('isIn'), isIn('isNotIn')],
          [simple(field, 'lessThan', value), '<True/>'],
          [simple('i', 'equal', value), simple('x', 'lessThan', value), '<True/>'],
          ['<SimplePredicate field="x" operator="isMissing"/>', simple('x', 'lessThan', value)],
          [simple('s', 'equal', letter)],
        ]);
        return pairs.map((predicate, index) => toNode(predicate, depth - 1, `${id}${index}`)).join('');
      };
      const toNode = (predicate: string, left: number, name: string): string => {
        const counts = [1 + Math.floor(draw(random) * 9), 1 + Math.floor(draw(random) * 9)];
        const shares = isClassifier
          ? counts
              .map((count, index) => `<ScoreDistribution value="${'uv'.charAt(index)}" recordCount="${count}"/>`)
              .join('')
          : '';
        const score = isClassifier ? pick(['u', 'v']) : String(Math.round(draw(random) * 1000) / 8);
        const children = left > 0 && draw(random) < 0.8 ? toTree(random, left, isClassifier, name) : '';
        const target = children === '' ? '' : `defaultChild="${name}0"`;
        return `<Node id="${name}" score="${score}" recordCount="9" ${target}>${predicate}${shares}${children}</Node>`;
      };
      return depth > 0 ? toChildren() : '';
    }

    const strip = (model: ModelPlan): ModelPlan =>
      model.kind === 'mining'
        ? {
            ...model,
            forest: undefined,
            segments: model.segments.map((segment) => ({ ...segment, model: strip(segment.model) })),
          }
        : model.kind === 'tree'
          ? { ...model, forest: undefined }
          : model;

    for (const missing of ['none', 'lastPrediction', 'nullPrediction', 'defaultChild'])
      for (const [method, isClassifier] of [
        ['sum', false],
        ['weightedAverage', false],
        ['average', true],
        ['weightedMajorityVote', true],
      ] as const) {
        it(`with missingValueStrategy="${missing}" and ${method}`, () => {
          const random = new Random(missing.length * 100 + method.length);
          let forests = 0;
          for (let round = 0; round < 5; round++) {
            const name = isClassifier ? 'classification' : 'regression';
            const segments = Array.from({ length: 3 }, (_, at) => {
              const root = `<Node id="r" score="${isClassifier ? 'u' : '1'}" recordCount="9" defaultChild="r0"><True/>${isClassifier ? '<ScoreDistribution value="u" recordCount="2"/><ScoreDistribution value="v" recordCount="1"/>' : ''}${toTree(random, 3, isClassifier, 'r')}</Node>`;
              return `<Segment weight="${at + 1}"><True/><TreeModel functionName="${name}" missingValueStrategy="${missing}" noTrueChildStrategy="returnLastPrediction">${toSchema('y', 'x', 'i', 's')}${root}</TreeModel></Segment>`;
            });
            const fields =
              (isClassifier ? toCategories('y', 'u', 'v') : toNumber('y')) +
              toNumber('x') +
              toNumber('i', 'integer') +
              toCategories('s');
            const text = toPmml(
              fields,
              `<MiningModel functionName="${name}">${toSchema('y', 'x', 'i', 's')}<Segmentation multipleModelMethod="${method}">${segments.join('')}</Segmentation></MiningModel>`,
            );
            const plan = unpackPlan(readFile(Buffer.from(text), 'model.pmml').pack()) as Plan;
            if (plan.model.kind === 'mining' && plan.model.forest) forests++;
            const frames = Array.from({ length: 60 }, () => {
              const cell = (value: Value) => (draw(random) < 0.2 ? null : value);
              return [
                cell(draw(random) * 8 - 4),
                cell(Math.floor(draw(random) * 7) - 3),
                cell('abcd'.charAt(Math.floor(draw(random) * 4))),
              ];
            });
            const copy = () => frames.map((frame) => [...frame]);
            const row = (evaluate: ReturnType<typeof buildProgram>) =>
              copy().map((frame) => {
                try {
                  const { values, probabilities } = evaluate([frame]);
                  return [...values, ...(probabilities ?? [])];
                } catch {
                  return 'rejected';
                }
              });
            const general = row(buildProgram({ ...plan, model: strip(plan.model) }));
            const own = row(buildProgram(plan));
            for (const [index, scores] of general.entries()) {
              if (scores === 'rejected') expect(own[index]).to.equal('rejected');
              else scores.forEach((score, at) => expect(own[index]?.[at]).to.be.closeTo(score, 1e-12));
            }
          }
          expect(forests).to.be.above(1);
        });
      }
  });
});
