/** Wrapping against a model server that answers in every shape, and against one that misbehaves. */
import { expect } from 'chai';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toFailureText } from '../../cli/wrap-text.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { CommandError } from '../../errors/command-error.ts';
import { wrap, type WrapOptions } from '../../wrapping/wrap.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
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
  let upstream: ModelServer;
  before(async () => (upstream = await startModelServer()));
  after(() => upstream.stop());

  /** Runs with what wraps a path of the upstream, in a folder that holds the rows alone. */
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
      // The upstream's own port, by https.
      const toUrl = (path: string) => new URL(path.replace('SAME', new URL(upstream.url).host), upstream.url);
      await test((path, keys) => wrap({ ...fixed, url: toUrl(path), ...keys }), folder);
    });
  /** What the person is told who ran it; nothing may be left behind. */
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
    it('the settings that were given, the columns in their order, and five rows with their answers', () =>
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

    it('no more than the first thousand rows of a long file, and says so', () =>
      withRows(
        async (run) => {
          let told: readonly string[] = [];
          const { scored } = await run('/labels', { onPlan: (_columns, _count, notices) => (told = notices) });
          expect(scored.answer.predictions).to.have.lengthOf(1000);
          expect(told).to.deep.equal(['Only the first 1000 of 1001 rows are used.']);
        },
        `amount\n${Array.from({ length: 1001 }, (_, index) => `${index * 5}\n`).join('')}`,
      ));
  });

  describe('learns what is predicted', () => {
    it('from labels that come alone', () =>
      withRows(async (run) => {
        const { file, notices } = await run('/labels', { label: 'outcome', drop: ['risk'] });
        expect(file.label).to.deep.equal({ name: 'outcome', type: 'string', classes: ['bad', 'good'] });
        expect(file.example.answer).not.to.have.property('probabilities');
        expect(notices).to.deep.equal([
          'The classes are those that the rows show: bad, good. More rows may show more of them; --labels names them all.',
        ]);
      }));

    it('from the true labels of the rows, too, where the answers do not show them all', () =>
      withRows(async (run) => {
        expect((await run('/same')).file.label.classes).to.deep.equal(['bad', 'good']);
      }));

    it('from fractions: a regression', () =>
      withRows(async (run) => {
        const { file } = await run('/amounts', { drop: ['risk'] });
        expect([file.problem_type, file.label]).to.deep.equal(['regression', { name: 'risk', type: 'double' }]);
      }));

    it('from amounts as true labels: a regression, without asking', () =>
      withRows(async (run) => {
        const before = upstream.requests.length;
        expect((await run('/amounts', { label: 'price' })).file.problem_type).to.equal('regression');
        expect(upstream.requests).to.have.lengthOf(before + 1);
      }, 'amount,price\n1,1.5\n2,2.25\n'));

    it('from labels beside probabilities, whose order the rows prove', () =>
      withRows(async (run) => {
        const { file, notices } = await run('/records');
        expect(file.label.classes).to.deep.equal(['good', 'bad']);
        expect(notices[0]).to.match(/^The order of the probabilities follows from the rows: good, bad\.$/);
      }));

    it('from the classes that are named, for vectors alone', () =>
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
    ['breaks off', '/drop', /POST http:\S+\/drop: the connection broke \(\w+\)\. Is it https/],
    [
      'answers a page that moves the cursor',
      '/html',
      /\/html: the status 500\. It said "<h1> \[2J \[31mboom <\/h1>"\. Its own log says why\.$/,
    ],
    ['redirects', '/redirect', /\/redirect: the status 302: redirects are not followed\. Give the URL/],
    ['is busy', '/busy', /\/busy: the status 429\. Try again in a moment\.$/],
    [
      'refuses the rows',
      '/unprocessable',
      /the status 422\. It said "amount: expected a number"\. It does not take the rows as/,
    ],
    ['refuses the engine', '/guarded', /the status 401\. It said "no token"\. --set authentication\.type=bearer/],
    [
      'has no such path',
      '/',
      /POST http:\S+\/nowhere: the status 404\. It said "Not Found"\. Is the path right/,
      { settings: { path: '/nowhere?key=canary' } },
    ],
    [
      'is asked with a query',
      '/labels?key=canary',
      /^settings\.url: expected an http or https URL without credentials, query and fragment$/,
    ],
    ['answers no JSON', '/text', /expected JSON\. The settings of the kind, and `output`, say how/],
    ['answers no numbers', '/nan', /expected numbers as the probabilities of row 0\./, { labels: ['good', 'bad'] }],
    ['answers a row too few', '/short', /expected 6 predictions, one a row; 5 came\./],
    ['never ends', '/huge', /expected a reply of at most 4096 bytes/, { settings: { max_reply_bytes: 4096 } }],
    [
      'is not there',
      'http://127.0.0.1:1/',
      /POST http:\/\/127\.0\.0\.1:1\/: the connection was refused .* Is the server running/,
    ],
    ['speaks no TLS', 'https://SAME/', /^POST https:\S+: no connection \(\w+\)\. Is it https where the URL says http/],
    [
      'has a host that nobody knows',
      'http://wallaby.invalid/',
      /no connection \((ENOTFOUND|EAI_AGAIN)\)\. Is the name of the host right\?$/,
    ],
    [
      'needs a variable',
      '/guarded',
      /^settings\.authentication\.token\.variable: expected a variable that is set; NOT_THERE is not$/,
      { settings: { authentication: { type: 'bearer', token: { variable: 'NOT_THERE' } } } },
    ],
  ];
  for (const [what, path, line, keys] of failures) {
    it(`tells in a line why it fails, and writes nothing, where the upstream ${what}`, async () => {
      const text = await withFailure(path, keys ?? {});
      expect(text).to.match(line).and.not.to.include('canary');
      expect(text).not.to.match(/[\p{Cc}\p{Cf}]/u);
    });
  }

  const questions: readonly [string, string, RegExp, Partial<WrapOptions>?][] = [
    [
      'vectors come without labels',
      '/vectors',
      /^2 probabilities a row came, and no labels: --labels names the 2 classes \(the rows have bad, good\) in the order of the probabilities\.$/,
    ],
    [
      '--labels has another order than the rows prove',
      '/records',
      /in this order; all rows agree with --labels good,bad\.$/,
      { labels: ['bad', 'good'] },
    ],
    [
      '--labels has a class too many',
      '/records',
      /expected 3 probabilities in row 0, one a class; 2 came\./,
      { labels: ['bad', 'good', 'worse'] },
    ],
    [
      'the rows contradict every order',
      '/cautious',
      /^The rows do not prove in which order .* output\.argmax=true leaves it aside\.$/,
    ],
    [
      'numbers of classes come',
      '/labels',
      /^Numbers of classes came \(output\.scalar\): --labels names the classes/,
      { settings: { output: { scalar: 'class_index' } } },
    ],
    [
      'one probability comes',
      '/amounts',
      /^One probability a row came, that of the second of two classes: --labels/,
      { settings: { output: { scalar: 'positive_probability' } } },
    ],
    [
      'one label is shown alone',
      '/same',
      /^The answers have one label only \(good\): give more rows, or all classes with --labels\.$/,
      { drop: ['risk'] },
    ],
    ['one class is named', '/labels', /^One class is too few \(good\)/, { labels: ['good'] }],
    ['a class is named twice', '/labels', /^--labels: expected each class once\.$/, { labels: ['good', 'good'] }],
    [
      'texts and numbers are named',
      '/labels',
      /^--labels: expected texts alone, or numbers alone\.$/,
      { labels: ['good', 1] },
    ],
    [
      'a regression has classes',
      '/amounts',
      /^--labels: a regression has no classes\.$/,
      { labels: ['a', 'b'], problemType: 'regression' },
    ],
    [
      'two classes are many',
      '/labels',
      /^--problem-type: 2 classes are binary, not multiclass\.$/,
      { labels: ['good', 'bad'], problemType: 'multiclass' },
    ],
  ];
  for (const [what, path, line, keys] of questions) {
    it(`says what to tell where ${what}`, async () => {
      expect(await withFailure(path, keys ?? {})).to.match(line);
    });
  }

  const wrongRows: readonly [string, RegExp, Partial<WrapOptions>?][] = [
    ['{"fields": ["a"', /^--rows: The file begins like JSON, but is not valid JSON\.$/],
    ['{"fields": ["a"], "values": [[1],["x"]]}', /^--rows: what the column "a" holds cannot be told/],
    ['a,b\n1,\n', /^--rows: what the column "b" holds cannot be told/],
    ['a,b\n1\n', /^--rows: Line 2 has 1 cells, where the header has 2\.$/],
    ['a\n1\n', /^--features: no column is called "x"; there are "a"\.$/, { features: ['x'] }],
    ['a\n1\n', /^--features: expected each name once\.$/, { features: ['a', 'a'] }],
    ['a\n1\n', /^No column is left for the model\.$/, { drop: ['a'] }],
    ['"a=b"\n1\n', /^columns\[0\]\.name: expected a column name without/],
  ];
  for (const [rows, line, keys] of wrongRows) {
    it(`says what is wrong with the rows ${JSON.stringify(rows)}${keys ? ` and ${Object.keys(keys).join()}` : ''}`, async () => {
      expect(await withFailure('/labels', { labels: ['good', 'bad'], ...keys }, rows)).to.match(line);
    });
  }

  it('names every setting that is wrong, and repeats no secret that stands where its place belongs', async () => {
    const settings = { authentication: { type: 'bearer', token: 'canary' }, output: { scalar: 'x' }, colour: 1 };
    expect((await withFailure('/labels', { settings })).split('\n')).to.have.members([
      'settings.authentication.token: expected where the secret is, {"variable": "NAME"} or {"file": "/path"}, and never the secret itself',
      'settings.output.scalar: expected one of "label", "class_index", "positive_probability"',
      'settings: expected no key "colour"',
    ]);
  });
});
