import { expect } from 'chai';
import { CommandError } from '../../errors/command-error.ts';
import { parseComparedGroups, parseItems, toFairnessParameters } from '../../openscale/fairness.ts';
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

const choose = (
  groups: readonly string[],
  favourable: readonly string[],
  file = LOAN,
  unfavourable: readonly string[] = [],
) => toFairnessParameters({ groups: groups.map(parseComparedGroups), favourable, unfavourable }, file);
const reject = async (run: () => unknown) => (await catchError(CommandError, run)).message;

describe('--fairness', () => {
  it('names an attribute, its majority and its minority, each a list', () => {
    expect(parseComparedGroups('sex=male, other:female')).to.deep.equal({
      feature: 'sex',
      majority: ['male', 'other'],
      minority: ['female'],
    });
  });

  it('takes texts with commas, colons and quotes in double quotes', () => {
    expect(parseComparedGroups('"job: now"="clerk, senior", boss :"9:00","5"" pipe"')).to.deep.equal({
      feature: 'job: now',
      majority: ['clerk, senior', 'boss'],
      minority: ['9:00', '5" pipe'],
    });
    expect(parseComparedGroups('size=5" pipe:a=b')).to.deep.equal({
      feature: 'size',
      majority: ['5" pipe'],
      minority: ['a=b'],
    });
    expect(parseItems('granted,"granted, later"')).to.deep.equal(['granted', 'granted, later']);
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

  it('are undefined when nothing is chosen', () => {
    expect(choose([], [])).to.equal(undefined);
    expect(choose([], [], RENT)).to.equal(undefined);
  });

  it('have the metrics, the number of records and the thresholds that were chosen', async () => {
    const choices = {
      groups: ['sex=male:female', 'town=Bonn:Ulm'].map(parseComparedGroups),
      favourable: ['yes'],
      unfavourable: [],
      thresholds: { all: 0.7, of: new Map([['sex', 0.9]]) },
      metrics: ['fairness_value', 'error_rate_difference'],
      minRecords: 7,
    };
    const file = toFile({ columns: COLUMNS, ...toClassifier('yes', 'no') });
    const parameters = toFairnessParameters(choices, file);
    expect(parameters?.min_records).to.equal(7);
    expect(parameters?.features.map(({ threshold, metric_ids }) => [threshold, metric_ids])).to.deep.equal([
      [0.9, choices.metrics],
      [0.7, choices.metrics],
    ]);
    const thresholds = { of: new Map([['age', 0.9]]) };
    const error = await catchError(CommandError, () =>
      Promise.resolve().then(() => toFairnessParameters({ ...choices, thresholds }, file)),
    );
    expect(error.message).to.equal('--fairness-threshold: --fairness names no groups of "age"');
  });

  it('keep the types of classes, and compare texts and ranges only', () => {
    const file = toFile({ columns: COLUMNS, ...toClassifier(1, 2, 3) });
    const parameters = choose(['doors=4..4:2..2', 'town=1..2:Bonn'], ['3', ' 1'], file);
    expect(parameters?.features.map(({ majority, minority }) => [...majority, ...minority])).to.deep.equal([
      [
        [4, 4],
        [2, 2],
      ],
      ['1..2', 'Bonn'],
    ]);
    expect(parameters?.favourable_class).to.deep.equal([3, 1]);
    expect(parameters?.unfavourable_class).to.deep.equal([2]);
  });

  it('take some of the remaining classes as unfavourable when they are given', () => {
    const file = toFile({ columns: COLUMNS, ...toClassifier('yes', 'maybe', 'no') });
    const parameters = choose(['sex=male:female'], ['yes'], file, ['no']);
    expect(parameters).to.deep.include({ favourable_class: ['yes'], unfavourable_class: ['no'] });
  });

  it('allow ranges with signs and decimals, also as outcomes of a regression', () => {
    const parameters = choose(['age=-10.5..-1:0..0,1..2'], ['-2.5..20', '30..40'], RENT, ['20.5..29']);
    expect(parameters?.features[0]).to.deep.include({
      majority: [[-10.5, -1]],
      minority: [
        [0, 0],
        [1, 2],
      ],
    });
    expect(parameters?.favourable_class).to.deep.equal([
      [-2.5, 20],
      [30, 40],
    ]);
    expect(parameters?.unfavourable_class).to.deep.equal([[20.5, 29]]);
  });

  const REJECTED = [
    ['an attribute that is not a feature', ['target=a:b'], '--fairness: the deployment has no feature "target"'],
    ['an unknown category', ['sex=male:diverse'], '--fairness: "sex": expected its categories: male'],
    ['a number for a categorical attribute of numbers', ['doors=4:2'], '"doors": expected ranges, such as 2..2 for'],
    ['a boolean attribute', ['owner=true:false'], '"owner" is boolean; OpenScale compares only texts and ranges'],
    ['a number in place of a range', ['age=30:20'], '--fairness: "age": expected ranges'],
    ['a range with its bounds reversed', ['age=75..26:18..25'], '--fairness: "age": expected ranges'],
    ['half a range', ['age=26..:18..25'], '--fairness: "age": expected ranges'],
    ['ranges that share a bound', ['age=25..75:18..25'], '--fairness: "age": 25..75 and 18..25 overlap'],
    ['a range inside another one', ['age=18..75:20..25'], '--fairness: "age": 18..75 and 20..25 overlap'],
    ['overlapping ranges of one group', ['age=30..50,40..60:18..25'], '"age": 30..50 and 40..60 overlap'],
    ['a group that is in both', ['sex=male,other:female,male'], '--fairness: "sex": male is given twice'],
    ['an attribute that is given twice', ['sex=male:female', 'sex=other:female'], '"sex" is given twice'],
  ] as const;
  for (const [what, groups, message] of REJECTED) {
    it(`reject ${what}`, async () => {
      expect(await reject(() => choose(groups, ['granted']))).to.include(message);
    });
  }

  it('reject outcomes without groups', async () => {
    expect(await reject(() => choose([], ['granted']))).to.match(
      /^--favourable and --unfavourable also need --fairness/,
    );
  });

  it('reject a classifier all of whose classes are favourable', async () => {
    expect(await reject(() => choose(['sex=male:female'], ['granted', 'refused']))).to.equal(
      '--favourable: expected at least one class to be left as unfavourable',
    );
  });

  it('reject a regression without unfavourable ranges, and ranges that are both', async () => {
    expect(await reject(() => choose(['sex=male:female'], ['10..20'], RENT))).to.match(
      /^--favourable also needs --unfavourable for a regression/,
    );
    expect(await reject(() => choose(['sex=male:female'], ['10..20'], RENT, ['0..10']))).to.equal(
      '--favourable and --unfavourable: 10..20 and 0..10 overlap',
    );
  });

  it('reject a class that is both favourable and unfavourable', async () => {
    expect(await reject(() => choose(['sex=male:female'], ['granted'], LOAN, ['granted']))).to.equal(
      '--favourable and --unfavourable: granted is given twice',
    );
  });

  it('reject groups without a favourable outcome', async () => {
    expect(await reject(() => choose(['sex=male:female'], []))).to.match(/^--fairness also needs --favourable/);
    expect(await reject(() => choose(['sex=male:female'], [], LOAN, ['refused']))).to.match(/also needs --favourable/);
  });

  it('reject a class that the label does not have, and list its classes', async () => {
    for (const wrong of ['maybe', '', 'Granted', '0..1'])
      expect(await reject(() => choose(['sex=male:female'], ['granted', wrong]))).to.equal(
        '--favourable: expected classes of the label: granted, refused',
      );
  });

  it('reject anything but ranges as favourable outcomes of a regression', async () => {
    for (const wrong of ['granted', '10', '20..10', '1...2', ''])
      expect(await reject(() => choose(['sex=male:female'], [wrong], RENT)), wrong).to.match(
        /^--favourable: expected ranges/,
      );
  });
});
