import { expect } from 'chai';
import { FIXTURES, startTestEngine, type TestEngine } from '../support/engine.ts';
import { IRIS } from '../support/healthy.ts';

const SETOSA = [5.1, 3.5, 1.4, 0.2];
const VIRGINICA = [7.2, 3.6, 6.1, 2.5];
const RESULTS = ['prediction', 'probability'];
const LABELS = ['setosa', 'versicolor', 'virginica'];

describe('scoring', () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine()));
  after(() => engine.stop());

  const score = async (body: unknown, id = 'iris') => {
    const reply = await engine.score(id, body);
    expect(reply.status, reply.text).to.equal(200);
    return reply.body;
  };

  it('answers a table with its rows in their order, the columns echoed before the results', async () => {
    const { fields } = IRIS;
    expect(await score({ fields, values: [SETOSA, VIRGINICA, SETOSA] })).to.deep.equal({
      fields: [...fields, ...RESULTS],
      values: [
        [...SETOSA, 'setosa', [1, 0, 0]],
        [...VIRGINICA, 'virginica', [0, 0, 1]],
        [...SETOSA, 'setosa', [1, 0, 0]],
      ],
      labels: LABELS,
    });
  });

  it('answers an envelope with as many predictions, in the order of its tables', async () => {
    const { fields } = IRIS;
    const { predictions, ...others } = await score({
      input_data: [
        { fields, values: [VIRGINICA] },
        { fields: fields.toReversed(), values: [SETOSA.toReversed()] },
        { fields, values: [] },
      ],
    });
    expect(others).to.deep.equal({});
    expect(predictions).to.deep.equal([
      { fields: [...fields, ...RESULTS], values: [[...VIRGINICA, 'virginica', [0, 0, 1]]], labels: LABELS },
      {
        fields: [...fields.toReversed(), ...RESULTS],
        values: [[...SETOSA.toReversed(), 'setosa', [1, 0, 0]]],
        labels: LABELS,
      },
      { fields: [...fields, ...RESULTS], values: [], labels: LABELS },
    ]);
  });

  it('writes whole numbers as doubles where discovery says double, in short and long replies and envelopes', async () => {
    const { fields } = IRIS;
    for (const count of [1, 2000]) {
      const table = { fields, values: new Array(count).fill(VIRGINICA) };
      for (const body of [table, { input_data: [table] }]) {
        const { text } = await engine.score('iris', body);
        expect(text.split('7.2,3.6,6.1,2.5,"virginica",[0.0,0.0,1.0]')).to.have.length(count + 1);
      }
    }
  });

  it('answers an envelope of one table with an envelope', async () => {
    expect(await score({ input_data: [IRIS] })).to.deep.equal({ predictions: [await score(IRIS)] });
  });

  it('answers no rows with no rows', async () => {
    const { fields } = IRIS;
    expect(await score({ fields, values: [] })).to.deep.equal({
      fields: [...fields, ...RESULTS],
      values: [],
      labels: LABELS,
    });
  });

  it('finds the columns by name, and echoes those that the model does not know', async () => {
    const cells = [null, 1, 'text', true, [1, 'two', null]];
    const names = ['species', 'id', 'a "name"', 'Größe', 'list'];
    const { fields, values } = await score({
      fields: [...names, ...IRIS.fields.toReversed()],
      values: [[...cells, ...SETOSA.toReversed()]],
    });
    expect(fields).to.deep.equal([...names, ...IRIS.fields.toReversed(), ...RESULTS]);
    expect(values).to.deep.equal([[...cells, ...SETOSA.toReversed(), 'setosa', [1, 0, 0]]]);
  });

  it('replaces columns of the request that are named like results', async () => {
    const { fields, values } = await score({
      fields: ['prediction', ...IRIS.fields, 'probability'],
      values: [['old', ...SETOSA, 'older']],
    });
    expect(fields).to.deep.equal([...IRIS.fields, ...RESULTS]);
    expect(values).to.deep.equal([[...SETOSA, 'setosa', [1, 0, 0]]]);
  });

  it('echoes meta after the columns, in a table and in each of an envelope, and scores as without it', async () => {
    const { fields, values, ...others } = await score(IRIS);
    const meta = { fields: ['transaction_id', ...IRIS.fields], values: [['t-1', 9, 9, 9, 9]] };
    const answer = {
      ...others,
      fields: [...IRIS.fields, 'transaction_id', ...RESULTS],
      values: values.map((row) => [...row.slice(0, 4), 't-1', ...row.slice(4)]),
    };
    expect(await score({ ...IRIS, meta })).to.deep.equal(answer);
    expect(await score({ input_data: [{ ...IRIS, meta }, IRIS] })).to.deep.equal({
      predictions: [answer, { fields, values, ...others }],
    });
  });

  it('ignores meta without fields or values, and meta of an envelope', async () => {
    const answer = await score(IRIS);
    const meta = { fields: ['transaction_id'], values: [['t-1']] };
    expect(await score({ input_data: [IRIS], meta })).to.deep.equal({ predictions: [answer] });
    for (const odd of [{}, { fields: ['a'] }, { fields: [], values: [], other: 1 }, { values: [[[[[]]]], []] }]) {
      expect(await score({ ...IRIS, meta: odd })).to.deep.equal(answer);
      const envelope = { input_data: [{ ...IRIS, meta: odd }], meta: odd };
      expect(await score(envelope)).to.deep.equal({ predictions: [answer] });
    }
  });

  it('ignores keys that the contract does not have', async () => {
    expect(await score({ ...IRIS, id: 1, optional_values: [1] })).to.deep.equal(await score(IRIS));
  });

  it('echoes the cells as they were written, in a table and in each of an envelope', async () => {
    const row = (id: string) => `[${id}, 5.10,3.5e0 , 1.4,0.20]`;
    const table = (id: string) => `{"values": [${row(id)}], "fields": ["id", ${JSON.stringify(IRIS.fields).slice(1)}}`;
    for (const mark of ['', '\ufeff']) {
      const alone = await engine.score('iris', `${mark}${table('"\\u00e9"')}`);
      expect(alone.text).to.include(`["\\u00e9", 5.10,3.5e0 , 1.4,0.20,"setosa",`);
      const attributes = '"meta": {"values":[[1e0, "\\u00e9"]] ,"fields":["m","n"]}';
      const withMeta = await engine.score('iris', `${mark}{${attributes},${table('1.0').slice(1)}`);
      expect(withMeta.text).to.include(`[1.0, 5.10,3.5e0 , 1.4,0.20,1e0, "\\u00e9","setosa",`);
      const both = await engine.score('iris', `${mark}{"input_data":[${table('1.0')},${table('"ü"')}]}`);
      expect(both.text).to.match(/\[1\.0, 5\.10,.*\["ü", 5\.10,/);
    }
  });

  it('takes the last of members with one name, for the scores as for the echo', async () => {
    const { fields, values } = IRIS;
    const [first, last] = [JSON.stringify([VIRGINICA, VIRGINICA]), JSON.stringify(values)];
    const text = `{"values":${first},"fields":${JSON.stringify(fields)},"v\\u0061lues":${last}}`;
    expect(await score(text)).to.deep.equal(await score(IRIS));
  });

  it('accepts a byte order mark', async () => {
    expect(await score(`\ufeff${JSON.stringify(IRIS)}`)).to.deep.equal(await score(IRIS));
  });

  it('answers a regression with numbers alone', async () => {
    const fields = ['cylinders', 'displacement', 'horsepower', 'weight', 'acceleration', 'year', 'origin'];
    const row = [8, 307, null, 3504, 12, 1970, 'USA'];
    const answer = await score({ fields, values: [row] }, 'car-mileage');
    expect(answer).to.have.all.keys('fields', 'values');
    expect(answer.fields).to.deep.equal([...fields, 'prediction']);
    expect(answer.values[0]?.at(-1)).to.be.a('number').within(10, 25);
  });

  it('answers alike for every client at once, each with its own', async () => {
    const bodies = Array.from({ length: 50 }, (_, index) => ({
      fields: ['client', ...IRIS.fields],
      values: [[index, ...(index % 2 ? SETOSA : VIRGINICA)]],
    }));
    const answers = await Promise.all(bodies.map((body) => score(body)));
    answers.forEach(({ values }, index) => {
      expect(values[0]?.[0]).to.equal(index);
      expect(values[0]?.at(-2)).to.equal(index % 2 ? 'setosa' : 'virginica');
    });
  });

  it('answers 5000 rows at once, as an explanation asks for', async () => {
    const { values } = await score({ fields: IRIS.fields, values: new Array(5000).fill(SETOSA) });
    expect(values).to.have.length(5000);
    expect(values.every((row) => row[4] === 'setosa')).to.equal(true);
  });
});

describe('scoring by a deployment that does not echo', () => {
  it('answers with the results alone', async () => {
    const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: FIXTURES, ENGINE_ALLOW_MODULES: 'true' });
    const { body } = await engine.score('sum', {
      fields: ['b', 'extra', 'a'],
      values: [
        [2, 'x', 1.5],
        [null, 'y', 1],
      ],
      meta: { fields: ['id'], values: [[1], [2]] },
    });
    await engine.stop();
    expect(body).to.deep.equal({ fields: ['prediction'], values: [[3.5], [1]] });
  });
});
