/** Replies of servers whose meaning is not obvious: wrap asks, finds it out by comparing replies, or says what it received. */
import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toFailureText } from '../../cli/wrap-text.ts';
import { CommandError } from '../../errors/command-error.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { wrap, type WrapOptions, type WrapResult } from '../../wrapping/wrap.ts';
import { answers } from '../support/behaviours.ts';
import { creditModel } from '../support/credit-model.ts';
import { startTestEngine } from '../support/engine.ts';
import { HttpDouble, type Behaviour } from '../support/http-double.ts';
import { withFolder } from '../support/training.ts';

const ROWS = 'amount,risk\n2000,good\n4800,bad\n1200,good\n2700,bad\n2400,bad\n900,good\n';
const NUMBERED = ROWS.replaceAll('good', '0').replaceAll('bad', '1');
const UNLABELLED = 'amount\n2000\n4800\n1200\n';
const toRisk = (amount: number) => 1 / (1 + Math.exp((2500 - amount) / 800));

/** Runs with functions that wrap a path of a double, with success and with failure. */
async function withDouble(
  behaviour: Behaviour,
  test: (
    run: (path: string, options?: Partial<WrapOptions>, rows?: string) => Promise<WrapResult>,
    fail: (path: string, options?: Partial<WrapOptions>, rows?: string) => Promise<string>,
    out: string,
  ) => Promise<void>,
): Promise<void> {
  const double = await HttpDouble.start(behaviour);
  try {
    await withFolder(async (folder) => {
      const out = join(folder, 'out');
      const run = async (path: string, options: Partial<WrapOptions> = {}, rows = ROWS) => {
        await writeFile(join(folder, 'rows.csv'), rows);
        const deployment = { id: 'credit', name: 'Credit', description: '', echo: true };
        const fixed = { kind: 'json', settings: {}, label: 'risk', deployment, out, force: true };
        return wrap({ ...fixed, rows: join(folder, 'rows.csv'), url: new URL(path, double.url), ...options });
      };
      const fail = async (...of: Parameters<typeof run>) => {
        try {
          await run(...of);
        } catch (error) {
          if (error instanceof CommandError || error instanceof DeploymentError) return toFailureText(error);
          throw error;
        }
        throw new Error('wrap has not failed');
      };
      await test(run, fail, out);
    });
  } finally {
    await double.close();
  }
}

const setOutput = (output: object) => ({ settings: { output } });

describe('a reply with one number from 0 to 1 per row', () => {
  const POSITIVE = setOutput({ scalar: 'positive_probability' });

  for (const path of ['/sigmoid', '/probability']) {
    it(`is never a regression by itself, but a question with both answers: ${path}`, () =>
      withDouble(creditModel, async (_run, fail) => {
        expect(await fail(path)).to.equal(
          'The reply has one number from 0 to 1 per row. If it is a probability: ' +
            '--set output.scalar=positive_probability --labels bad,good reads it as that of good (then 1 of 6 predictions match column `risk`); ' +
            '--set output.scalar=positive_probability --labels good,bad reads it as that of bad (then 5 of 6 predictions match column `risk`). ' +
            'If it is an amount: --problem-type regression.',
        );
        expect(await fail(path, {}, NUMBERED)).to.include('--labels 0,1 reads it as that of 1 (then 5 of 6');
        expect(await fail(path, {}, UNLABELLED)).to.match(
          /^The reply has one number .* of the second of two classes, which --labels names\. If it is an amount/,
        );
        expect(await fail(path, { labels: ['good', 'bad'] })).to.match(
          /: --set output\.scalar=positive_probability reads it as that of bad \(then 5 of 6 predictions match/,
        );
        expect(await fail(path, { problemType: 'binary' })).to.match(/^The reply has one number from 0 to 1 per row/);
      }));

    it(`is a binary classifier, or a regression, as the answer says: ${path}`, () =>
      withDouble(creditModel, async (run) => {
        const { file } = await run(path, { ...POSITIVE, labels: ['good', 'bad'] });
        expect([file.problem_type, file.label.classes]).to.deep.equal(['binary', ['good', 'bad']]);
        expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good']);
        const [vector] = file.example.answer?.probabilities as [number[]];
        expect(vector[1]).to.be.closeTo(toRisk(2000), 1e-12);
        expect((await run(path, { problemType: 'regression' })).file.problem_type).to.equal('regression');
        const amounts = 'amount,risk\n1000,0.25\n2000,0.5\n';
        expect((await run(path, {}, amounts)).file.problem_type).to.equal('regression');
      }));
  }

  it('asks for both settings if only the meaning is known', () =>
    withDouble(creditModel, async (_run, fail) => {
      expect(await fail('/sigmoid', POSITIVE)).to.match(
        /^The reply has one probability per row, that of the second of two classes: name the 2 classes \(the rows have bad, good\)/,
      );
    }));

  const FORMATS: Readonly<Record<string, readonly [WrapOptions['settings'], (risks: number[]) => object | string]>> = {
    mlflow: [{}, (risks) => ({ predictions: risks.map((risk) => [risk]) })],
    'kserve-v1': [{ model: 'm', format: 'rows' }, (risks) => ({ predictions: risks })],
    'open-inference': [
      { model: 'm', format: 'columns' },
      (risks) => ({ outputs: [{ name: 'dense', shape: [risks.length, 1], datatype: 'FP32', data: risks }] }),
    ],
    sagemaker: [
      {
        endpoint: 'e',
        region: 'eu-central-1',
        format: 'csv',
        authentication: { type: 'header', name: 'X-Key', value: { variable: 'PATH' } },
      },
      (risks) => risks.join('\n'),
    ],
  };
  for (const [kind, [settings, toReply]] of Object.entries(FORMATS)) {
    it(`raises the same question with the kind ${kind}`, () => {
      const behaviour = answers(({ method, body }) => {
        if (method === 'GET') return { body: { name: 'm', ready: true } };
        const amounts = [...body.matchAll(/\d{3,}/g)].map(([amount]) => Number(amount));
        const reply = toReply(amounts.map(toRisk));
        return { headers: typeof reply === 'string' ? { 'content-type': 'text/csv' } : {}, body: reply };
      });
      return withDouble(behaviour, async (run, fail) => {
        expect(await fail('/', { kind, settings })).to.match(
          /^The reply has one number from 0 to 1 per row\. If it is a/,
        );
        const answer = { ...settings, output: { scalar: 'positive_probability' } };
        const { file } = await run('/', { kind, settings: answer, labels: ['good', 'bad'] });
        expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good']);
      });
    });
  }
});

describe('amounts as predictions', () => {
  it('contradict true labels that are text, or only two numbers', () =>
    withDouble(creditModel, async (_run, fail) => {
      expect(await fail('/margins')).to.match(
        /^The server predicts amounts, but column "risk" has bad, good\. If this is a regression, --problem-type regression/,
      );
      expect(await fail('/margins', {}, NUMBERED)).to.match(
        /^The server predicts amounts, but column "risk" has 0, 1\./,
      );
    }));
});

describe('a reply with named lists', () => {
  /** Lists of a server whose model knows two classes; one list is as long as a batch of two rows. */
  const toLists = (amounts: readonly number[]) => ({
    classes: ['bad', 'good'],
    probabilities: amounts.map(toRisk).map((risk) => [risk, 1 - risk]),
    version: [7],
  });
  const KINDS: Readonly<Record<string, readonly [WrapOptions['settings'], (amounts: readonly number[]) => object]>> = {
    mlflow: [{}, (amounts) => ({ predictions: toLists(amounts) })],
    'kserve-v1': [{ model: 'm', format: 'columns' }, (amounts) => ({ outputs: toLists(amounts) })],
    'open-inference': [
      { model: 'm', format: 'columns' },
      (amounts) => ({
        outputs: Object.entries(toLists(amounts)).map(([name, list]) => ({
          ...{ name, datatype: 'FP64', data: list.flat() },
          shape: Array.isArray(list[0]) ? [list.length, list[0].length] : [list.length],
        })),
      }),
    ],
  };

  for (const [kind, [settings, toReply]] of Object.entries(KINDS)) {
    const behaviour = answers(({ method, body }) => {
      if (method === 'GET') return { body: { name: 'm', ready: true } };
      return { body: toReply([...body.matchAll(/\d{3,}/g)].map(([amount]) => Number(amount))) };
    });
    const rows = ROWS.split('\n');

    for (const count of [1, 2, 3, 6]) {
      it(`of the kind ${kind} is read by the list with a value per row, found with ${count} rows`, () =>
        withDouble(behaviour, async (run) => {
          const { file } = await run('/', { kind, settings }, rows.slice(0, count + 1).join('\n'));
          expect(file.settings).to.have.deep.property('output', { probability: 'probabilities' });
          // The list that is the same in every reply names the classes.
          expect(file.label.classes).to.deep.equal(['bad', 'good']);
          const answer = file.example.answer;
          expect(answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good'].slice(0, count));
          expect(answer?.probabilities?.[0]?.[0]).to.be.closeTo(toRisk(2000), 1e-12);
        }));
    }

    it(`of the kind ${kind} is then served alike for any number of rows`, () =>
      withDouble(behaviour, async (run, _fail, out) => {
        await run('/', { kind, settings });
        const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: out });
        try {
          for (const amounts of [[4800], [4800, 900], [900, 4800], [900, 4800, 900]]) {
            const { status, body } = await engine.score('credit', {
              fields: ['amount'],
              values: amounts.map((x) => [x]),
            });
            expect(status).to.equal(200);
            expect(body.values.map((row) => row[1])).to.deep.equal(amounts.map((x) => (x > 2500 ? 'bad' : 'good')));
          }
        } finally {
          await engine.stop();
        }
      }));
  }

  it('names the prediction and the probabilities, and ignores lists of other things', () => {
    const toReply = (amounts: readonly number[]) => ({
      predictions: {
        ...{ thresholds: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], verdict: amounts.map((x) => (x > 2500 ? 'bad' : 'good')) },
        p: amounts.map(toRisk).map((risk) => [risk, 1 - risk]),
      },
    });
    const behaviour = answers(({ body }) => ({
      body: toReply([...body.matchAll(/\d{3,}/g)].map(([amount]) => Number(amount))),
    }));
    return withDouble(behaviour, async (run) => {
      const { file } = await run('/', { kind: 'mlflow' });
      expect(file.settings).to.have.deep.property('output', { prediction: 'verdict', probability: 'p' });
      expect(file.label.classes).to.deep.equal(['bad', 'good']);
    });
  });

  it('raises a question if several lists have a value per row', () => {
    const behaviour = answers(({ body }) => {
      const amounts = [...body.matchAll(/\d{3,}/g)].map(([amount]) => Number(amount));
      return { body: { predictions: { low: amounts, high: amounts.map((x) => x + 0.5) } } };
    });
    return withDouble(behaviour, async (run, fail) => {
      const rows = 'amount,risk\n1000,0.5\n2000,0.25\n';
      expect(await fail('/', { kind: 'mlflow' }, rows)).to.equal(
        'Several outputs of the server have one value per row. Name the prediction with --set output.prediction=… ("low", "high").',
      );
      const { file } = await run('/', { kind: 'mlflow', settings: { output: { prediction: 'high' } } }, rows);
      expect(file.example.answer?.predictions).to.deep.equal([1000.5, 2000.5]);
    });
  });
});

describe('a reply with an object per row', () => {
  it('has the probabilities of any number of classes under a name of its own', () => {
    const classes = ['high', 'low', 'mid'];
    const behaviour = answers(({ body }) => ({
      body: {
        predictions: [...body.matchAll(/\d{3,}/g)].map((_, row) => ({
          ...{ verdict: classes[row % 3], id: row },
          p: classes.map((_name, index) => (index === row % 3 ? 0.75 : 0.125)),
        })),
      },
    }));
    return withDouble(behaviour, async (run) => {
      const settings = { output: { prediction: 'verdict' } };
      const { file, notices } = await run('/', { kind: 'mlflow', drop: ['risk'], settings });
      expect(file.label.classes).to.deep.equal(classes);
      expect(file.example.answer?.probabilities?.[1]).to.deep.equal([0.125, 0.75, 0.125]);
      expect(notices[0]).to.equal('The order of the probabilities follows from the rows: high, low, mid.');
    });
  });
});

describe('a reply that cannot be used', () => {
  const RECEIVED: Readonly<Record<string, string>> = {
    '/login':
      'expected JSON; received text/html beginning "<!DOCTYPE html> <title>Log in</title> [2J". ' +
      'This is a web page, perhaps to log in: check the URL, and --set authentication.…',
    '/error':
      'expected predictions or probabilities; none were recognized; received {"error": string, "request_id": number}. ' +
      'The server said "model not loaded".',
    '/not-finite':
      'expected JSON, which does not allow NaN and Infinity; received text beginning "{"scores": [NaN, NaN]}".',
    '/null': 'expected a label or a number as the prediction of row 0; received [6 × null].',
    '/columns':
      'expected predictions or probabilities; none were recognized; received {"labels": [6 × string], "status": string}.',
  };
  for (const [path, received] of Object.entries(RECEIVED)) {
    it(`is shown by wrap with its keys or first characters, and where it came from: ${path}`, () =>
      withDouble(creditModel, async (_run, fail) => {
        const text = await fail(path);
        expect(text).to.match(new RegExp(`^POST http://localhost:\\d+${path}: `));
        expect(text.replaceAll('\\"', '"')).to.include(received);
        expect(text).not.to.match(/[\p{Cc}\p{Cf}]/u);
      }));
  }
});

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
      body: [...body.matchAll(/\d{3,}/g)].map(([amount]) => (toRisk(Number(amount)) > 0.5 ? 'BAD' : 'good')),
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

  it('are mapped in lists of classes as well', () =>
    withDouble(creditModel, async (run) => {
      const labels = { GOOD: 'good', BAD: 'bad' };
      const { file } = await run('/upper-records', { ...setOutput({ labels }), labels: ['good', 'bad'] });
      expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good']);
      expect(file.example.answer?.probabilities?.[0]?.[1]).to.be.closeTo(toRisk(2000), 1e-12);
    }));
});

describe('a number beside the label', () => {
  it('is the probability of the predicted class if the rows prove that', () =>
    withDouble(creditModel, async (run) => {
      const { file, notices } = await run('/confident');
      expect(file.settings).to.have.deep.property('output', { confidence: 'score' });
      expect(file.example.answer?.probabilities?.[0]?.[file.label.classes?.indexOf('bad') ?? -1]).to.be.closeTo(
        toRisk(2000),
        1e-12,
      );
      expect(notices.join(' ')).to.include('the probability of the predicted class, as the rows show');
    }));

  it('is the probability of a fixed class if the rows prove that', () =>
    withDouble(creditModel, async (run) => {
      const { file } = await run('/risky');
      expect(file.settings).to.have.deep.property('output', { probability: 'score' });
      expect(file.label.classes).to.deep.equal(['good', 'bad']);
      expect(file.example.answer?.probabilities?.[1]?.[1]).to.be.closeTo(toRisk(4800), 1e-12);
    }));

  it('is not published otherwise, and the notice says how to', () =>
    withDouble(creditModel, async (run) => {
      const { file, notices } = await run('/unclear');
      expect(file.settings).not.to.have.property('output');
      expect(file.example.answer).not.to.have.property('probabilities');
      expect(notices.at(-1)).to.match(
        /^The meaning of the number beside the label \(score\) is unknown\. .* --set output\.confidence=score; .* --set output\.probability=score --labels /,
      );
    }));
});

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
