/** Wrapping a model server that answers in every shape, and one that misbehaves. */
import { expect } from 'chai';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toFailureText } from '../../cli/wrap-text.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { CommandError } from '../../errors/command-error.ts';
import { wrap, type WrapOptions } from '../../wrapping/wrap.ts';
import { creditModel } from '../support/credit-model.ts';
import { HttpDouble } from '../support/http-double.ts';
import { withFolder } from '../support/training.ts';

const ROWS = `amount,purpose,owns_home,risk
2000,car,true,good
4800,education,false,bad
1200,car,true,good
2600,repairs,,bad
2400,car,false,bad
900,repairs,true,good
`;
const NEW = { id: 'credit', name: 'Credit', description: '', echo: true };
const KEPT = { kind: 'json', settings: {}, label: 'risk', deployment: NEW, force: false };

describe('wrapping', () => {
  let upstream: HttpDouble;
  before(async () => (upstream = await HttpDouble.start(creditModel)));
  after(() => upstream.close());

  /** Runs with a function that wraps a path of the upstream, in a folder with only the rows. */
  const withRows = (
    test: (
      run: (path: string, keys?: Partial<WrapOptions>) => ReturnType<typeof wrap>,
      folder: string,
    ) => Promise<void>,
    rows = ROWS,
  ) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'rows'), rows);
      const fixed = { ...KEPT, rows: join(folder, 'rows'), out: join(folder, 'out') };
      // For https on the upstream's own port.
      const toUrl = (path: string) => new URL(path.replace('SAME', new URL(upstream.url).host), upstream.url);
      await test((path, keys) => wrap({ ...fixed, url: toUrl(path), ...keys }), folder);
    });
  /** The error message of wrap, which must leave nothing behind. */
  const withFailure = async (path: string, keys: Partial<WrapOptions>, rows?: string): Promise<string> => {
    let text = '';
    await withRows(async (run, folder) => {
      try {
        await run(path, keys);
      } catch (error) {
        if (!(error instanceof CommandError || error instanceof DeploymentError)) throw error;
        text = toFailureText(error);
      }
      expect(await readdir(folder)).to.deep.equal(['rows']);
    }, rows);
    return text;
  };

  describe('writes', () => {
    it('the given settings, the columns in order, and five rows with their answers', () =>
      withRows(async (run, folder) => {
        const { scored } = await run('/records', { settings: { max_rows: 4 }, features: ['owns_home', 'amount'] });
        expect(scored.values).to.have.lengthOf(6);
        const path = join(folder, 'out', 'credit', 'deployment.json');
        const file = JSON.parse(await readFile(path, 'utf8')) as DeploymentFile;
        expect(file.settings).to.deep.equal({ url: `${upstream.url}/records`, max_rows: 4 });
        expect(file.columns).to.deep.equal([
          { name: 'owns_home', type: 'boolean', nullable: true },
          { name: 'amount', type: 'integer', nullable: false },
        ]);
        expect(file.example.values.slice(3)).to.deep.equal([
          [null, 2600],
          [false, 2400],
        ]);
        expect(file.example.answer?.probabilities).to.have.lengthOf(5);
      }));

    it('no more than a thousand rows of a long file, and says so', () =>
      withRows(
        async (run) => {
          let notified: readonly string[] = [];
          const { scored } = await run('/labels', { onPlan: (_columns, _count, notices) => (notified = notices) });
          expect(scored.answer.predictions).to.have.lengthOf(1000);
          expect(notified).to.deep.equal(['Only the first 1000 of 1001 rows are used.']);
        },
        `amount\n${Array.from({ length: 1001 }, (_, index) => `${index * 5}\n`).join('')}`,
      ));
  });

  describe('finds the classes', () => {
    it('in labels without probabilities', () =>
      withRows(async (run) => {
        const { file, notices } = await run('/labels', { label: 'outcome', drop: ['risk'] });
        expect(file.label).to.deep.equal({ name: 'outcome', type: 'string', classes: ['bad', 'good'] });
        expect(file.example.answer).not.to.have.property('probabilities');
        expect(notices).to.deep.equal([
          'The classes are those found in the rows: bad, good. If there are more, name all of them with --labels.',
        ]);
      }));

    it('also in the true labels, if the answers do not have all', () =>
      withRows(async (run) => {
        expect((await run('/same')).file.label.classes).to.deep.equal(['bad', 'good']);
      }));

    it('or a regression, in fractions', () =>
      withRows(async (run) => {
        const { file } = await run('/amounts', { drop: ['risk'] });
        expect([file.problem_type, file.label]).to.deep.equal(['regression', { name: 'risk', type: 'double' }]);
      }));

    it('or a regression, in amounts as true labels', () =>
      withRows(async (run) => {
        const before = upstream.requests.length;
        expect((await run('/amounts', { label: 'price' })).file.problem_type).to.equal('regression');
        // The rows, and the example as the engine scores it.
        expect(upstream.requests).to.have.lengthOf(before + 2);
      }, 'amount,price\n1,1.5\n2,2.25\n'));

    it('in labels with probabilities, whose order the rows prove', () =>
      withRows(async (run) => {
        const { file, notices } = await run('/records');
        expect(file.label.classes).to.deep.equal(['good', 'bad']);
        expect(notices[0]).to.match(/^The order of the probabilities follows from the rows: good, bad\.$/);
      }));

    it('in --labels, for vectors without labels', () =>
      withRows(async (run) => {
        const { file, truth } = await run('/vectors', { labels: ['good', 'bad'] });
        expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good']);
        expect(truth).to.deep.equal(['good', 'bad', 'good', 'bad', 'bad', 'good']);
      }));
  });

  const failures: readonly [string, string, RegExp, Partial<WrapOptions>?][] = [
    [
      'does not answer',
      '/hang',
      /POST http:\S+\/hang: no answer within 200 ms\. --set timeout=/,
      { settings: { timeout: 200 } },
    ],
    ['breaks off', '/drop', /POST http:\S+\/drop: the connection broke \(\w+\)\. Does the URL say http/],
    [
      'answers a page with control characters',
      '/html',
      /\/html: status 500\. The server said "<h1> \[2J \[31mboom <\/h1>"\. See the log of that server\.$/,
    ],
    ['redirects', '/redirect', /\/redirect: status 302: redirects are not followed\. Use the URL/],
    ['is busy', '/busy', /\/busy: status 429\. Try again in a moment\.$/],
    [
      'rejects the rows',
      '/unprocessable',
      /status 422\. The server said "amount: expected a number"\. It rejected the rows/,
    ],
    [
      'rejects the credentials',
      '/guarded',
      /status 401\. The server said "no token"\. --set authentication\.type=bearer/,
    ],
    [
      'has no such path',
      '/',
      /POST http:\S+\/nowhere: status 404\. The server said "Not Found"\. Check the path/,
      { settings: { path: '/nowhere?key=canary' } },
    ],
    [
      'has a query in its URL',
      '/labels?key=canary',
      /^settings\.url: expected an http or https URL without credentials, query and fragment$/,
    ],
    [
      'does not answer JSON',
      '/text',
      /\/text: expected JSON; received text beginning "fine"\. Settings of the kind and/,
    ],
    [
      'does not answer numbers',
      '/nan',
      /expected numbers as the probabilities of row 0; received \[6 × \[2 × null\]\]\./,
      { labels: ['good', 'bad'] },
    ],
    [
      'answers one row too few',
      '/short',
      /expected 6 predictions, one per row; the reply has 5; received \[5 × string\]\./,
    ],
    ['never ends', '/huge', /expected a reply of at most 4096 bytes/, { settings: { max_reply_bytes: 4096 } }],
    [
      'does not run',
      'http://127.0.0.1:1/',
      /POST http:\/\/127\.0\.0\.1:1\/: the connection was refused .* Is the server running/,
    ],
    ['does not use TLS', 'https://SAME/', /^POST https:\S+: no connection \(\w+\)\. Does the URL say http where/],
    [
      'has an unknown host',
      'http://wallaby.invalid/',
      /no connection \((ENOTFOUND|EAI_AGAIN)\)\. Check the host name\.$/,
    ],
    [
      'needs a variable',
      '/guarded',
      /^settings\.authentication\.token\.variable: expected a variable that is set; NOT_THERE is not$/,
      { settings: { authentication: { type: 'bearer', token: { variable: 'NOT_THERE' } } } },
    ],
  ];
  for (const [what, path, line, keys] of failures) {
    it(`reports on one line why it fails, and writes nothing, when the upstream ${what}`, async () => {
      const text = await withFailure(path, keys ?? {});
      expect(text).to.match(line).and.not.to.include('canary');
      expect(text).not.to.match(/[\p{Cc}\p{Cf}]/u);
    });
  }

  const questions: readonly [string, string, RegExp, Partial<WrapOptions>?][] = [
    [
      'there are vectors without labels',
      '/vectors',
      /^The reply has 2 probabilities per row and no labels: name the 2 classes \(the rows have bad, good\) in the order of the probabilities with --labels\.$/,
    ],
    [
      'the rows prove another order than --labels',
      '/records',
      /^With this order of classes, .* all rows agree with --labels good,bad\.$/,
      { labels: ['bad', 'good'] },
    ],
    [
      '--labels has a class too many',
      '/records',
      /expected 3 probabilities in row 0, one per class; it has 2; received \[6 × \{"prediction": string, /,
      { labels: ['bad', 'good', 'worse'] },
    ],
    [
      'the rows contradict every order',
      '/cautious',
      /^The rows do not prove the order .* output\.argmax=true ignores it\.$/,
    ],
    [
      'there are class indices',
      '/labels',
      /^The reply has class indices \(output\.scalar\): name the classes/,
      { settings: { output: { scalar: 'class_index' } } },
    ],
    [
      'there is one probability per row',
      '/amounts',
      /^The reply has one probability per row, that of the second of two classes: name the 2 classes/,
      { settings: { output: { scalar: 'positive_probability' } } },
    ],
    [
      'there is only one label',
      '/same',
      /^The replies contain only one label \(good\): give more rows, or name all classes with --labels\.$/,
      { drop: ['risk'] },
    ],
    ['one class is named', '/labels', /^One class is not enough \(good\)/, { labels: ['good'] }],
    ['a class is named twice', '/labels', /^--labels: expected each class once\.$/, { labels: ['good', 'good'] }],
    [
      'text and numbers are named',
      '/labels',
      /^--labels: expected either text or numbers, not both\.$/,
      { labels: ['good', 1] },
    ],
    [
      'a regression has classes',
      '/amounts',
      /^--labels: a regression has no classes\.$/,
      { labels: ['a', 'b'], problemType: 'regression' },
    ],
    [
      'two classes are called multiclass',
      '/labels',
      /^--problem-type: 2 classes are binary, not multiclass\.$/,
      { labels: ['good', 'bad'], problemType: 'multiclass' },
    ],
  ];
  for (const [what, path, line, keys] of questions) {
    it(`says what to decide when ${what}`, async () => {
      expect(await withFailure(path, keys ?? {})).to.match(line);
    });
  }

  const wrongRows: readonly [string, RegExp, Partial<WrapOptions>?][] = [
    ['{"fields": ["a"', /^--rows: The file begins like JSON, but is not valid JSON\.$/],
    ['{"fields": ["a"], "values": [[1],["x"]]}', /^--rows: the type of column "a" cannot be determined/],
    ['a,b\n1,\n', /^--rows: the type of column "b" cannot be determined/],
    ['a,b\n1\n', /^--rows: Line 2 has 1 cell, where the header has 2\./],
    ['a\n1\n', /^--features: there is no column "x"; the columns are "a"\.$/, { features: ['x'] }],
    ['a\n1\n', /^--features: expected each name once\.$/, { features: ['a', 'a'] }],
    ['a\n1\n', /^No columns are left for the model\.$/, { drop: ['a'] }],
    ['"a=b"\n1\n', /^columns\[0\]\.name: expected a column name without/],
  ];
  for (const [rows, line, keys] of wrongRows) {
    it(`says what is wrong with the rows ${JSON.stringify(rows)}${keys ? ` and ${Object.keys(keys).join()}` : ''}`, async () => {
      expect(await withFailure('/labels', { labels: ['good', 'bad'], ...keys }, rows)).to.match(line);
    });
  }

  it('names every invalid setting, and does not repeat a secret in place of its reference', async () => {
    const settings = { authentication: { type: 'bearer', token: 'canary' }, output: { scalar: 'x' }, colour: 1 };
    expect((await withFailure('/labels', { settings })).split('\n')).to.have.members([
      'settings.authentication.token: expected {"variable": "NAME"} or {"file": "/path"}, never the secret itself',
      'settings.output.scalar: expected one of "label", "class_index", "positive_probability"',
      'settings: unknown key "colour"',
    ]);
  });
});
