/** Categories of text columns, for models that take numbers. */
import { expect } from 'chai';
import type { WrapOptions } from '../../wrapping/wrap.ts';
import { answers } from '../support/behaviours.ts';
import { creditModel } from '../support/credit-model.ts';
import { withDouble } from '../support/wrap-double.ts';

describe('text columns that are encoded as numbers', () => {
  const rows = 'amount,purpose,risk\n2000,car,good\n4800,rent,bad\n1200,car,good\n2700,boat,bad\n';
  const encoding = [{ column: 'amount' }, { column: 'purpose', one_hot: true }];
  const authentication = { type: 'header', name: 'X-Key', value: { variable: 'PATH' } };
  const KINDS: Readonly<Record<string, WrapOptions['settings']>> = {
    sagemaker: { endpoint: 'e', region: 'eu-central-1', format: 'csv', encoding, authentication },
    mlflow: { format: 'instances', encoding },
    'kserve-v1': { model: 'm', format: 'rows', encoding },
    'open-inference': { model: 'm', format: 'matrix', encoding },
  };
  for (const [kind, settings] of Object.entries(KINDS)) {
    it(`get their categories from the user, in the order of the model, with the kind ${kind}`, async () => {
      const bodies: string[] = [];
      const behaviour = answers(({ method, body }) => {
        if (method === 'GET') return { body: { name: 'm', ready: true } };
        bodies.push(body);
        const count = [...body.matchAll(/\d{4}/g)].length;
        const labels = Array.from({ length: count }, (_, row) => (row % 2 === 0 ? 'good' : 'bad'));
        if (kind === 'sagemaker') return { headers: { 'content-type': 'text/csv' }, body: labels.join('\n') };
        const outputs = [{ name: 'predict', shape: [count], datatype: 'BYTES', data: labels }];
        return { body: kind === 'open-inference' ? { outputs } : { predictions: labels } };
      });
      await withDouble(behaviour, async (run, fail) => {
        const text = await fail('/', { kind, settings }, rows);
        expect(text).to.match(
          /settings\.encoding\[1\]: expected categories: this kind does not accept text columns without/,
        );
        expect(text).to.include(`--categories 'purpose=["boat","car","rent"]' names the categories of purpose`);
        const categories = new Map([['purpose', ['rent', 'car', 'boat']]]);
        const { file } = await run('/', { kind, settings, categories }, rows);
        expect(file.columns[1]).to.deep.include({
          name: 'purpose',
          type: 'string',
          categories: ['rent', 'car', 'boat'],
        });
        const numbers = JSON.stringify(bodies.at(-1)).replaceAll(/[^\d,]/g, '');
        expect(numbers).to.include('2000,0,1,0').and.to.include('4800,1,0,0');
      });
    });
  }

  it('must be named, with categories of their type', () =>
    withDouble(creditModel, async (_run, fail) => {
      expect(await fail('/labels', { categories: new Map([['colour', ['red']]]) })).to.match(
        /^--categories: there is no column "colour"/,
      );
      expect(await fail('/labels', { categories: new Map([['amount', ['much']]]) })).to.equal(
        '--categories amount: expected values of type integer, which the column has; "much" is not.',
      );
    }));
});
