import { expect } from 'chai';
import { toListArgument } from '../../errors/quote-text.ts';
import { parseList, resolveName, resolveNames } from '../../csv/resolve-names.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError } from '../support/deployment.ts';

const NAMES = [' age', 'Amount, EUR', 'a "quoted" name', 'plan ', 'risk', 'Risk'];
const complain = async (run: () => unknown) =>
  (await catchError(CommandError, () => Promise.resolve().then(run))).message;

describe('the names of columns in options', () => {
  it('are those of the file, with commas and blanks in them', () => {
    expect(resolveNames('--drop', ['Amount, EUR'], NAMES)).to.deep.equal(['Amount, EUR']);
    expect(resolveNames('--drop', [' age'], NAMES)).to.deep.equal([' age']);
  });

  it('are separated by commas, with or without blanks around them, in quotes where they have commas', () => {
    expect(resolveNames('--drop', ['risk,age , plan'], NAMES)).to.deep.equal(['risk', ' age', 'plan ']);
    expect(resolveNames('--drop', ['"Amount, EUR", risk'], NAMES)).to.deep.equal(['Amount, EUR', 'risk']);
    expect(resolveNames('--drop', ['risk', 'Amount, EUR'], NAMES)).to.deep.equal(['risk', 'Amount, EUR']);
  });

  it('are read from the arguments that messages show', () => {
    for (const name of NAMES) {
      const argument = toListArgument([name, 'risk']);
      const text = argument.startsWith("'") ? argument.slice(1, -1) : argument;
      expect(resolveNames('--drop', [text], NAMES), argument).to.deep.equal([name, 'risk']);
    }
  });

  it('must be in the file; messages quote those that are', async () => {
    expect(await complain(() => resolveNames('--drop', ['none'], NAMES))).to.equal(
      '--drop: there is no column "none"; the columns are " age", "Amount, EUR", "a \\"quoted\\" name", "plan ", "risk", "Risk".',
    );
    expect(await complain(() => resolveName('--label', 'PLAN', NAMES))).to.equal(
      '--label: there is no column "PLAN"; did you mean "plan "?',
    );
  });

  it('must be exact where columns differ only by blanks', async () => {
    expect(resolveName('--label', ' a', ['a ', ' a'])).to.equal(' a');
    expect(await complain(() => resolveName('--label', 'a', ['a ', ' a']))).to.match(
      /"a ", " a" differ only by blanks/,
    );
  });

  it('of texts may be a list with nothing in it', () => {
    expect(parseList('--missing', '')).to.deep.equal(['']);
    expect(parseList('--missing', 'unknown,-, "a,b"')).to.deep.equal(['unknown', '-', 'a,b']);
  });
});
