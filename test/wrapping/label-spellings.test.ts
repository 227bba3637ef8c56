/** Labels of the server that are spelled differently from the true ones. */
import { expect } from 'chai';
import { answers } from '../support/behaviours.ts';
import { creditModel } from '../support/credit-model.ts';
import { NUMBERED, readAmounts, ROWS, setOutput, toRisk, withDouble } from '../support/wrap-double.ts';

describe('labels that are spelled differently', () => {
  const CASES: Readonly<Record<string, readonly [string, Readonly<Record<string, string | number>>, string, string]>> =
    {
      'in upper case': ['/upper', { GOOD: 'good', BAD: 'bad' }, ROWS, 'GOOD: 3 × good, 1 × bad; BAD: 2 × bad'],
      'in base64': ['/base64', { 'Z29vZA==': 'good', YmFk: 'bad' }, ROWS, 'Z29vZA==: 3 × good, 1 × bad; YmFk: 2 × bad'],
      'as text with a decimal point': ['/decimals', { '0.0': 0, '1.0': 1 }, NUMBERED, '0.0: 3 × 0, 1 × 1; 1.0: 2 × 1'],
      // Nothing but the rows shows which number is which class.
      'as numbers': [
        '/numbers',
        { 0: 'good', 1: 'bad' },
        ROWS.replace('2400,bad', '2400,good'),
        '0: 4 × good; 1: 2 × bad',
      ],
    };
  for (const [how, [path, labels, rows, counts]] of Object.entries(CASES)) {
    it(`stop wrap with the comparison and the setting that maps them: ${how}`, () =>
      withDouble(creditModel, async (run, fail) => {
        const [first, second] = counts.split('; ').map((count) => count.split(':')[0]);
        const [one, other] = Object.values(labels);
        expect(await fail(path, {}, rows)).to.equal(
          `The server predicts ${first}, ${second}, but column "risk" has ${one}, ${other}. ` +
            `By prediction, the true classes are ${counts}. ` +
            `If these are the same classes, --set 'output.labels=${JSON.stringify(labels)}' maps them.`,
        );
        const { file } = await run(path, setOutput({ labels }), rows);
        expect(file.label.classes).to.deep.equal([...Object.values(labels)].sort());
        expect(file.example.answer?.predictions).to.deep.equal([one, other, one, other, one]);
      }));
  }

  it('stop wrap with a map to fill in where the rows do not show it', () =>
    withDouble(creditModel, async (_run, fail) => {
      expect(await fail('/numbers')).to.include(`'output.labels={"0":"class of 0","1":"bad"}'`);
    }));

  it('stop wrap also with --labels, whichever spelling that has', () =>
    withDouble(creditModel, async (_run, fail) => {
      expect(await fail('/upper', { labels: ['good', 'bad'] })).to.equal(
        'The server predicts GOOD, BAD, but --labels has good, bad. If these are the same classes, ' +
          `--set 'output.labels={"GOOD":"good","BAD":"bad"}' maps them.`,
      );
      expect(await fail('/upper', { labels: ['GOOD', 'BAD'] })).to.match(
        /^Column "risk" has good, bad, but --labels has GOOD, BAD\. .* --set 'output\.labels=\{"GOOD":"good","BAD":"bad"\}'; or leave the column out with --drop\.$/,
      );
    }));

  it('stop wrap even if some are spelled alike', () => {
    const behaviour = answers(({ body }) => ({
      body: readAmounts(body).map((amount) => (toRisk(amount) > 0.5 ? 'BAD' : 'good')),
    }));
    return withDouble(behaviour, async (_run, fail) => {
      expect(await fail('/')).to.match(
        /^The server predicts good, BAD, but .* 'output\.labels=\{"BAD":"bad"\}' maps them\.$/,
      );
    });
  });

  it('are published as they are without true labels', () =>
    withDouble(creditModel, async (run) => {
      expect((await run('/upper', { drop: ['risk'] })).file.label.classes).to.deep.equal(['BAD', 'GOOD']);
    }));

  it('do not stop wrap if either side has classes that the other lacks', () =>
    withDouble(creditModel, async (run) => {
      const rows = ROWS.replace('900,good', '900,unknown');
      expect((await run('/labels', {}, rows)).file.label.classes).to.deep.equal(['bad', 'good', 'unknown']);
    }));

  const OVERLAPS: Readonly<Record<string, readonly [predicted: readonly unknown[], map: object]>> = {
    'one of which is in both': [[-1, 1], { '-1': 0 }],
    'that are shifted': [[1, 2], { 1: 0, 2: 1 }],
  };
  for (const [how, [[good, bad], map]] of Object.entries(OVERLAPS)) {
    const rows = NUMBERED.replace('2400,1', '2400,0');
    const behaviour = answers(({ body }) => ({
      body: readAmounts(body).map((amount) => (toRisk(amount) > 0.5 ? bad : good)),
    }));
    it(`stop wrap if both sides have labels of their own, and are mapped as the rows show: ${how}`, () =>
      withDouble(behaviour, async (run, fail) => {
        expect(await fail('/', {}, rows)).to.contain(
          `If these are the same classes, --set 'output.labels=${JSON.stringify(map)}' maps them. ` +
            'If they are other classes, --labels names all of them.',
        );
        const { file } = await run('/', setOutput({ labels: map }), rows);
        expect(file.label.classes).to.deep.equal([0, 1]);
        expect(file.example.answer?.predictions).to.deep.equal([0, 1, 0, 1, 0]);
        const labels = [...new Set([0, 1, good, bad])] as number[];
        expect((await run('/', { labels }, rows)).file.label.classes).to.deep.equal(labels);
        // One row less, and nothing proves which is which: two labels for one class are never proposed.
        const unproven = await fail('/', {}, NUMBERED);
        expect(unproven).to.match(/'output\.labels=\{"(?:-1|2)":"class of (?:-1|2)"\}'/);
      }));
  }

  it('are shown in quotes if blanks are the difference', () => {
    const behaviour = answers(({ body }) => ({
      body: readAmounts(body).map((amount) => (toRisk(amount) > 0.5 ? 'bad ' : 'good ')),
    }));
    return withDouble(behaviour, async (_run, fail) => {
      expect(await fail('/')).to.contain('The server predicts "good ", "bad ", but column "risk" has good, bad.');
    });
  });

  it('are too many to be mapped where every row has its own', () => {
    const rows = `amount,risk\n${Array.from({ length: 60 }, (_, row) => `${1000 + row},${row % 2 ? 'good' : 'bad'}\n`).join('')}`;
    const behaviour = answers(({ body }) => ({ body: readAmounts(body).map((amount) => `row ${amount}`) }));
    return withDouble(behaviour, async (_run, fail) => {
      const text = await fail('/', {}, rows);
      expect(text).to.contain('60 different predictions are no classes: --set output.prediction=…');
      expect(text.length).to.be.lessThan(1000);
    });
  });

  it('are mapped in lists of classes as well', () =>
    withDouble(creditModel, async (run) => {
      const labels = { GOOD: 'good', BAD: 'bad' };
      const { file } = await run('/upper-records', { ...setOutput({ labels }), labels: ['good', 'bad'] });
      expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good']);
      expect(file.example.answer?.probabilities?.[0]?.[1]).to.be.closeTo(toRisk(2000), 1e-12);
    }));
});
