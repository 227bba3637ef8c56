import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { CommandError } from '../../errors/command-error.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { importModel, ScoresDifferError, type ImportOptions } from '../../importing/import-model.ts';
import { scoreTable } from '../../models/score-table.ts';
import { readAnswer } from '../support/answer.ts';
import { toBoostedModel } from '../support/boosted-model.ts';
import { catchError } from '../support/deployment.ts';

const ROWS = 'amount,purpose,risk\n500,car,good\n2000,car,bad\n3000,rent,bad\n,rent,good\n';
const toSigmoid = (margin: number) => 1 / (1 + Math.exp(-margin));
/** The probabilities of the second class. */
const SECOND = [-1, 2, 0.5, -1].map(toSigmoid);
const CATEGORIES = ['car', 'rent'];

describe('importing a model file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-'));
    await write('model.json', toBoostedModel({ categories: CATEGORIES }));
    await write('rows.csv', ROWS);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const path = (name: string) => join(folder, name);
  const write = (name: string, text: string | Uint8Array) => writeFile(path(name), text);
  const options = (): ImportOptions => ({
    path: path('model.json'),
    rows: path('rows.csv'),
    label: 'risk',
    labels: ['good', 'bad'],
    tolerance: 1e-6,
    settings: {},
    deployment: { id: 'credit', name: 'credit', echo: true },
    out: path('deployments'),
    force: false,
  });
  const run = (changes: Partial<ImportOptions> = {}) => importModel({ ...options(), ...changes });
  const refuse = async (changes: Partial<ImportOptions> = {}) =>
    (await catchError(CommandError, () => run(changes))).message;

  it('writes a deployment with the file as it is, and the scores of the rows as its example', async () => {
    const result = await run();
    expect(result.folder).to.equal(join(path('deployments'), 'credit'));
    expect(await readFile(join(result.folder, 'model.json'))).to.deep.equal(await readFile(path('model.json')));
    const { file, model } = await loadDeployment(result.folder, { allowModules: false });
    expect(file).to.deep.include({ kind: 'xgboost', problem_type: 'binary', settings: {} });
    expect(file.label).to.deep.equal({ name: 'risk', type: 'string', classes: ['good', 'bad'] });
    expect(file.columns).to.deep.equal([
      { name: 'amount', type: 'double', nullable: true },
      { name: 'purpose', type: 'string', nullable: true, categories: CATEGORIES },
    ]);
    const { values, labels } = await readAnswer(
      scoreTable({ file, model }, { fields: ['amount', 'purpose'], values: [[2000, 'car']] }),
    );
    expect(labels).to.deep.equal(['good', 'bad']);
    expect(values[0]?.[2]).to.equal('bad');
    expect((values[0]?.[3] as number[])[1]).to.be.closeTo(toSigmoid(2), 1e-7);
    expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'bad', 'good']);
  });

  it('keeps the name of the file, unless it needs quoting or is taken', async () => {
    for (const [name, kept] of [
      ['credit-2026.bin', 'credit-2026.bin'],
      ['my model.json', 'model.json'],
      ['deployment.json', 'model.json'],
    ] as const) {
      await write(name, toBoostedModel({ categories: CATEGORIES }));
      const { folder: written, file } = await run({ path: path(name), force: true });
      expect((await readdir(written)).sort()).to.deep.equal([kept, 'deployment.json'].sort());
      expect(file.settings).to.deep.equal(kept === 'model.json' ? {} : { file: kept });
    }
  });

  describe('compares the scores with the library’s', () => {
    it('by class and prediction, in CSV', async () => {
      const lines = SECOND.map((p) => `${p > 0.5 ? 'bad' : 'good'},${1 - p},${p}`);
      await write('scores.csv', `prediction,good,bad\n${lines.join('\n')}\n`);
      const { comparisons } = await run({ scores: path('scores.csv') });
      expect(comparisons).to.have.length(1);
      expect(comparisons[0]).to.deep.include({ source: '--scores', rows: 4, equal: 4, differences: [] });
      expect(comparisons[0]?.maxDifference).to.be.lessThan(1e-7);
    });

    it('by the index of the class, as libraries predict it', async () => {
      await write('scores.csv', 'prediction\n0\n1\n1\n0\n');
      expect((await run({ scores: path('scores.csv') })).comparisons[0]?.equal).to.equal(4);
    });

    it('by the index of the class, where some indices are names, too', async () => {
      await write('scores.csv', 'prediction\n0\n1\n1\n0\n');
      expect((await run({ scores: path('scores.csv'), labels: [1, 2] })).comparisons[0]?.equal).to.equal(4);
      await write('scores.csv', 'prediction\n1\n2\n2\n1\n');
      expect((await run({ scores: path('scores.csv'), labels: [1, 2], force: true })).comparisons[0]?.equal).to.equal(
        4,
      );
    });

    it('of one class alone', async () => {
      await write('scores.csv', `bad\n${SECOND.join('\n')}\n`);
      expect((await run({ scores: path('scores.csv') })).comparisons[0]?.equal).to.equal(4);
    });

    it('in the form of a reply of the engine', async () => {
      const values = SECOND.map((p) => [p > 0.5 ? 'bad' : 'good', [1 - p, p]]);
      await write('scores.json', JSON.stringify({ fields: ['prediction', 'probability'], values }));
      expect((await run({ scores: path('scores.json') })).comparisons[0]?.equal).to.equal(4);
    });

    it('and writes nothing if they differ, saying where', async () => {
      await write('scores.csv', `bad\n${[SECOND[0], 0.5, SECOND[2], 0.4].join('\n')}\n`);
      const { message, comparison } = await catchError(ScoresDifferError, () => run({ scores: path('scores.csv') }));
      expect(message).to.equal('2 of 4 rows have other scores than in --scores. Nothing was written.');
      expect(comparison.differences.map(({ row, what, expected }) => [row, what, expected])).to.deep.equal([
        [2, 'bad', 0.5],
        [4, 'bad', 0.4],
      ]);
      expect(await readdir(path('.'))).not.to.include('deployments');
    });

    it('and finds classes in the wrong order', async () => {
      await write('scores.csv', `bad\n${SECOND.join('\n')}\n`);
      await catchError(ScoresDifferError, () => run({ scores: path('scores.csv'), labels: ['bad', 'good'] }));
    });

    it('within the tolerance', async () => {
      await write('scores.csv', `bad\n${SECOND.map((p) => p + 1e-4).join('\n')}\n`);
      await catchError(ScoresDifferError, () => run({ scores: path('scores.csv') }));
      await catchError(ScoresDifferError, () => run({ scores: path('scores.csv'), tolerance: 0.9e-4 }));
      expect((await run({ scores: path('scores.csv'), tolerance: 1e-3 })).comparisons[0]?.equal).to.equal(4);
    });

    it('and says which rows were left out if their number differs', async () => {
      await write('rows.csv', `${ROWS},,\n`);
      await write('scores.csv', `bad\n${[...SECOND, 0.5].join('\n')}\n`);
      expect(await refuse({ scores: path('scores.csv') })).to.equal(
        '--scores: expected 4 rows, as many as there are rows, not 5. (1 row without any value left out (first on line 6).)',
      );
    });

    for (const [text, problem] of [
      ['bad\n1\n', '--scores: expected 4 rows, as many as there are rows, not 1.'],
      [
        'worse\n1\n1\n1\n1\n',
        '--scores: expected a column "prediction", or a column per class ("good", "bad"); the file has "worse".',
      ],
      ['bad\n1\nx\n1\n1\n', undefined],
    ] as const) {
      it(`and rejects ${JSON.stringify(text)}`, async () => {
        await write('scores.csv', text);
        const message = await refuse({ scores: path('scores.csv') });
        if (problem) expect(message).to.equal(problem);
        expect(await readdir(path('deployments')).catch(() => [])).to.deep.equal([]);
      });
    }
  });

  describe('asks for what the file does not say', () => {
    it('the classes, which are never guessed', async () => {
      const { labels, ...rest } = options();
      expect(labels).to.have.length(2);
      const { message } = await catchError(CommandError, () => importModel(rest));
      expect(message).to.match(/^The model has 2 classes, and the file does not name them\. .* --labels 0,1 or/);
      expect(await refuse({ labels: ['good'] })).to.equal('--labels: expected 2 names, one per class, not 1.');
    });

    it('the categories, with those of the rows as a suggestion', async () => {
      await write('model.json', toBoostedModel());
      expect(await refuse()).to.match(/^Column "purpose" has categories, .* --categories purpose=car,rent\.$/);
      const { file } = await run({ categories: new Map([['purpose', CATEGORIES]]) });
      expect(file.columns[1]?.categories).to.deep.equal(CATEGORIES);
    });

    it('the names of the features, in the order of the columns', async () => {
      await write('model.json', toBoostedModel({ names: [], categories: CATEGORIES }));
      expect((await run()).file.columns.map(({ name }) => name)).to.deep.equal(['amount', 'purpose']);
      await write('rows.csv', 'id,amount,purpose,risk\n1,500,car,good\n');
      expect(await refuse({ force: true })).to.match(
        /^The model has 2 features, and .* 3 columns \("id", "amount", "purpose"\)/,
      );
      expect((await run({ force: true, drop: ['id'] })).file.columns).to.have.length(2);
      expect((await run({ force: true, features: ['amount,purpose'] })).file.columns).to.have.length(2);
    });

    it('columns that the rows lack', async () => {
      await write('rows.csv', 'sum,purpose\n500,car\n');
      expect(await refuse()).to.match(/^--rows: the model needs the columns "amount"; the file has "sum", "purpose"\./);
      expect((await run({ features: ['sum', 'purpose'] })).file.columns[0]?.name).to.equal('sum');
    });

    it('numbers in place of text, or the codes of the texts', async () => {
      await write('rows.csv', 'amount,purpose\nmuch,car\nless,rent\n');
      expect(await refuse()).to.match(
        /^--rows: column "amount" has text, but is a number to the model\. .* with --categories amount=…\.$/,
      );
      const amounts = (...names: string[]) => ({ categories: new Map([['amount', names]]) });
      const { file, scored } = await run(amounts('less', 'much'));
      expect(file.columns[0]).to.deep.equal({
        name: 'amount',
        type: 'string',
        nullable: false,
        categories: ['less', 'much'],
      });
      expect(file.settings).to.deep.equal({
        encoding: [{ column: 'amount', codes: [0, 1] }, { column: 'purpose' }],
      });
      expect(scored.answer.predictions).to.deep.equal(['good', 'good']);
      expect(await refuse({ ...amounts('much'), force: true })).to.equal(
        '--categories: column "amount" has other values than those that are listed (first in row 2); list all.',
      );
    });

    it('what a missing cell is in a column of texts that are numbers to the model', async () => {
      await write('rows.csv', 'amount,purpose\nmuch,car\n,rent\n');
      const categories = new Map([['amount', ['less', 'much']]]);
      expect(await refuse({ categories })).to.match(/^--rows: column "amount" has missing cells, .*--missing names/);
    });
  });

  describe('takes as a category', () => {
    /** Imports a model that has the categories, or has none: then they are told. */
    const importRows = async (categories: readonly string[], cells: readonly string[], inFile = true) => {
      await write('model.json', toBoostedModel(inFile ? { categories } : {}));
      await write('rows.csv', `amount,purpose\n${cells.map((cell) => `5000,${cell}\n`).join('')}`);
      const { file, scored, notices } = await run({
        force: true,
        ...(!inFile && { categories: new Map([['purpose', categories]]) }),
      });
      expect(scored.answer.predictions).to.have.length(cells.length);
      expect(notices.filter((notice) => notice.includes('as missing'))).to.deep.equal([]);
      const [, column] = file.columns;
      return { type: column?.type, categories: column?.categories, cells: scored.values.map(([, cell]) => cell) };
    };

    it('a text that usually stands for a missing value, where the model has it', async () => {
      expect(await importRows(['None', 'rent'], ['None', 'rent', '?', ''])).to.deep.equal({
        type: 'string',
        categories: ['None', 'rent'],
        cells: ['None', 'rent', null, null],
      });
      await write('model.json', toBoostedModel());
      const { scored } = await run({ force: true, categories: new Map([['purpose', ['?', 'None', 'rent']]]) });
      expect(scored.values.map(([, cell]) => cell)).to.deep.equal(['None', 'rent', '?', null]);
    });

    it('texts as texts where the file has texts, even if the rows look like numbers or booleans', async () => {
      for (const categories of [
        ['3', '7'],
        ['False', 'True'],
      ])
        expect(await importRows(categories, categories)).to.deep.equal({
          type: 'string',
          categories,
          cells: categories,
        });
    });

    it('numbers as numbers, unless a category is none or two are the same number', async () => {
      expect(await importRows(['3', '7.5'], ['3', '7'], false)).to.deep.equal({
        type: 'integer',
        categories: [3, 7.5],
        cells: [3, 7],
      });
      for (const categories of [
        ['3', 'nan'],
        ['3', '3.0'],
        ['3', ' '],
      ])
        expect(await importRows(categories, ['3', '3'], false)).to.deep.equal({
          type: 'string',
          categories,
          cells: ['3', '3'],
        });
    });

    it('true and false as booleans, unless there is a third', async () => {
      const booleans = { type: 'boolean', categories: [false, true], cells: [true] };
      expect(await importRows(['False', 'True'], ['True'], false)).to.deep.equal(booleans);
      const texts = { type: 'string', categories: ['False', 'nan'], cells: ['False'] };
      expect(await importRows(['False', 'nan'], ['False'], false)).to.deep.equal(texts);
    });

    it('the categories of the file, if they are told in the same order', async () => {
      const told = (...names: string[]) => ({ force: true, categories: new Map([['purpose', names]]) });
      expect((await run(told(...CATEGORIES))).file.columns[1]?.categories).to.deep.equal(CATEGORIES);
      expect(await refuse(told('rent', 'car'))).to.equal(
        '--categories: the model file has the categories of column "purpose" itself: "car", "rent".',
      );
    });
  });

  it('takes no --labels for a regression', async () => {
    await write('model.json', toBoostedModel({ objective: 'reg:squarederror', categories: CATEGORIES }));
    expect(await refuse()).to.equal('--labels: the model is a regression, which has no classes.');
  });

  it('says what a file that it cannot read seems to be, and the way out', async () => {
    for (const [bytes, problem] of [
      [Buffer.from([0x80, 4, 0x95, 1]), /^The model file seems to be a Python pickle, .* export-script/],
      [Buffer.from([0x78, 0x9c, 0x95, 1]), /^The model file seems to be compressed by zlib, .* export-script/],
      [Buffer.from([0x1f, 0x8b, 8, 0]), /^The model file seems to be compressed by gzip/],
      [Buffer.from('PK\x03\x04'), /^The model file seems to be a ZIP archive/],
      [Buffer.from('{"name":"RFClassifier"}'), /^The model file seems to be ml-random-forest's JSON/],
      [
        Buffer.from('hello'),
        /^The format of the model file is not known\. Expected a file of one of the kinds .*xgboost/,
      ],
      [Buffer.alloc(0), /^The model file is empty\.$/],
    ] as const) {
      await write('model.json', bytes);
      expect(await refuse()).to.match(problem);
    }
  });

  it('refuses a file that its kind knows but cannot serve', async () => {
    for (const [text, problem] of [
      ['CBM1....', /^model\.json: expected JSON, not CatBoost's binary format: .*format="json"/],
      ['{"name":"tree","version":"v4"}', /^model\.json: expected the text that save_model writes/],
    ] as const) {
      await write('model.json', text);
      expect((await catchError(DeploymentError, run)).message).to.match(problem);
    }
  });

  it('does not wait for a pipe, and names a file that is missing', async () => {
    execFileSync('mkfifo', [path('pipe')]);
    expect(await refuse({ path: path('pipe') })).to.equal('The model file is not a regular file.');
    expect(await refuse({ path: path('nowhere') })).to.equal('The model file cannot be read (ENOENT).');
  });

  it('replaces nothing without --force', async () => {
    await run();
    expect(await refuse()).to.match(/already exists/);
    await run({ force: true });
  });

  it('rejects settings that the kind does not have', async () => {
    const { problems } = await catchError(DeploymentError, () => run({ settings: { speed: 1 } }));
    expect(problems.join()).to.contain('settings');
    expect(await readdir(path('.'))).not.to.include('deployments');
  });
});
