import { expect } from 'chai';
import { CommandError } from '../../errors/command-error.ts';
import { choosePositive } from '../../training/positive-class.ts';
import { readText, toCsv } from '../support/training.ts';

const ROWS = Array.from({ length: 60 }, (_, row) => row);
const toTable = (toLabel: (row: number) => unknown) =>
  toCsv(
    ['x', 'risk'],
    ROWS.map((row) => [(row * row) % 17, toLabel(row)]),
  );

/** The position of the class that is named, in the order of the classes. */
async function findNamed(positive: string, toLabel: (row: number) => unknown): Promise<number | undefined> {
  const { plan } = await readText(toTable(toLabel), { label: 'risk', positive });
  return plan.label.positive;
}

async function findComplaint(positive: string, toLabel: (row: number) => unknown): Promise<string> {
  try {
    await findNamed(positive, toLabel);
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
  return 'none';
}

describe('the positive class', () => {
  it('is the rarer one, wherever it is in the alphabet, and the second of equally frequent ones', () => {
    expect(choosePositive([10, 90])).to.equal(0);
    expect(choosePositive([90, 10])).to.equal(1);
    expect(choosePositive([50, 50])).to.equal(1);
    expect([choosePositive([1, 2, 3]), choosePositive([])]).to.deep.equal([undefined, undefined]);
  });

  it('is the one that the user names, and the order of the classes stays', async () => {
    expect(await findNamed('good', (row) => (row % 2 ? 'bad' : 'good'))).to.equal(1);
    expect(await findNamed(' bad ', (row) => (row % 2 ? 'bad' : 'good'))).to.equal(0);
    expect(await findNamed('1.0', (row) => row % 2)).to.equal(1);
    expect(await findNamed('0', (row) => row % 2)).to.equal(0);
    expect(await findNamed('True', (row) => (row % 2 ? 'True' : 'False'))).to.equal(1);
  });

  it('must be one of two classes', async () => {
    expect(await findComplaint('ugly', (row) => (row % 2 ? 'bad' : 'good'))).to.equal(
      '--positive: expected one of the classes of the label risk: bad, good.',
    );
    expect(await findComplaint('', (row) => row % 2)).to.equal(
      '--positive: expected one of the classes of the label risk: 0, 1.',
    );
    expect(await findComplaint('a', (row) => 'abc'[row % 3])).to.equal(
      '--positive names one of two classes, but the label risk has 3. Leave it out.',
    );
    expect(await findComplaint('1', (row) => row + 0.5 * (row % 2))).to.equal(
      '--positive names one of two classes, but the label risk is a number. Leave it out.',
    );
  });
});
