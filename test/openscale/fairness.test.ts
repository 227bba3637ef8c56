import { expect } from 'chai';
import { CommandError } from '../../errors/command-error.ts';
import { parseComparedGroups, toFairnessParameters } from '../../openscale/fairness.ts';
import { catchError, toClassifier, toFile } from '../support/deployment.ts';

const COLUMNS = [
  { name: 'sex', type: 'string', categories: ['male', 'female', 'other'] },
  { name: 'age', type: 'integer' },
  { name: 'doors', type: 'integer', categories: [2, 4] },
  { name: 'owner', type: 'boolean' },
  { name: 'town', type: 'string' },
];
const LOAN = toFile({ columns: COLUMNS, ...toClassifier('granted', 'refused') });
const RENT = toFile({ columns: COLUMNS });

const choose = (groups: readonly string[], favourable: readonly string[], file = LOAN) =>
  toFairnessParameters(groups.map(parseComparedGroups), favourable, file);
const reject = async (run: () => unknown) => (await catchError(CommandError, run)).message;

describe('--fairness', () => {
  it('names an attribute, its majority and its minority, each a list', () => {
    expect(parseComparedGroups('sex=male, other:female')).to.deep.equal({
      feature: 'sex',
      majority: ['male', 'other'],
      minority: ['female'],
    });
  });

  for (const text of ['', 'sex', 'sex=male', 'sex=male:', 'sex=:female', '=male:female', 'sex=male:female:other']) {
    it(`rejects ${JSON.stringify(text)}`, async () => {
      expect(await reject(() => parseComparedGroups(text))).to.match(/^expected <attribute>=<majority>:<minority>/);
    });
  }
});

describe('fairness parameters', () => {
  it('apply the 80 % rule to the groups, and call the remaining classes unfavourable', () => {
    expect(choose(['sex=male:female,other', 'age=26..75:18..25'], ['granted'])).to.deep.equal({
      features: [
        { feature: 'sex', majority: ['male'], minority: ['female', 'other'], threshold: 0.8 },
        { feature: 'age', majority: [[26, 75]], minority: [[18, 25]], threshold: 0.8 },
      ],
      favourable_class: ['granted'],
      unfavourable_class: ['refused'],
      min_records: 100,
    });
  });

  it('are empty when nothing is chosen', () => {
    const nothing = { features: [], favourable_class: [], unfavourable_class: [], min_records: 100 };
    expect(choose([], [])).to.deep.equal(nothing);
    expect(choose([], [], RENT)).to.deep.equal(nothing);
  });

  it('keep the types of classes and categories in the data', () => {
    const file = toFile({ columns: COLUMNS, ...toClassifier(1, 2, 3) });
    const parameters = choose(['doors=4:2', 'owner=true:false', 'town=1..2:Bonn'], ['3', ' 1'], file);
    expect(parameters.features.map(({ majority, minority }) => [...majority, ...minority])).to.deep.equal([
      [4, 2],
      [true, false],
      ['1..2', 'Bonn'],
    ]);
    expect(parameters.favourable_class).to.deep.equal([3, 1]);
    expect(parameters.unfavourable_class).to.deep.equal([2]);
  });

  it('allow ranges with signs and decimals, also as favourable outcomes of a regression', () => {
    const parameters = choose(['age=-10.5..-1:0..0,1..2'], ['-2.5..20', '30..40'], RENT);
    expect(parameters.features[0]).to.deep.include({
      majority: [[-10.5, -1]],
      minority: [
        [0, 0],
        [1, 2],
      ],
    });
    expect(parameters.favourable_class).to.deep.equal([
      [-2.5, 20],
      [30, 40],
    ]);
    expect(parameters.unfavourable_class).to.deep.equal([]);
  });

  const REJECTED = [
    ['an attribute that is not a feature', ['target=a:b'], '--fairness: the deployment has no feature "target"'],
    ['an unknown category', ['sex=male:diverse'], '--fairness: "sex": expected its categories: male'],
    ['a range for a categorical attribute', ['doors=2..4:5..6'], '--fairness: "doors": expected its categories: 2, 4'],
    [
      'a boolean that is neither true nor false',
      ['owner=yes:no'],
      '--fairness: "owner": expected its categories: true',
    ],
    ['a number in place of a range', ['age=30:20'], '--fairness: "age": expected ranges'],
    ['a range with its bounds reversed', ['age=75..26:18..25'], '--fairness: "age": expected ranges'],
    ['half a range', ['age=26..:18..25'], '--fairness: "age": expected ranges'],
  ] as const;
  for (const [what, groups, message] of REJECTED) {
    it(`reject ${what}`, async () => {
      expect(await reject(() => choose(groups, ['granted']))).to.include(message);
    });
  }

  it('reject groups without a favourable outcome', async () => {
    expect(await reject(() => choose(['sex=male:female'], []))).to.match(/^--fairness also needs --favourable/);
  });

  it('reject a class that the label does not have, and list its classes', async () => {
    for (const wrong of ['maybe', '', 'Granted', '0..1'])
      expect(await reject(() => choose([], ['granted', wrong]))).to.equal(
        '--favourable: expected classes of the label: granted, refused',
      );
  });

  it('reject anything but ranges as favourable outcomes of a regression', async () => {
    for (const wrong of ['granted', '10', '20..10', '1...2', ''])
      expect(await reject(() => choose([], [wrong], RENT)), wrong).to.match(/^--favourable: expected ranges/);
  });
});
