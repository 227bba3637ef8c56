import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PublishedDeployment } from '../../conformance/evidence/published-deployment.ts';
import { chooseRows } from '../../conformance/rows/choose-rows.ts';
import { describeOrigin } from '../../conformance/rows/rows.ts';
import { loadRows } from '../../csv/load-rows.ts';

const publish = (properties: object) =>
  new PublishedDeployment({ metadata: { guid: 'x' }, entity: { asset_properties: properties } }, 0);
const toSchema = (types: Record<string, unknown>) => ({
  type: 'struct',
  fields: Object.entries(types).map(([name, type]) => ({ name, type, nullable: true, metadata: {} })),
});

describe('the rows to score', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'rows-'))));
  after(() => rm(folder, { recursive: true }));
  const load = async (text: string | Uint8Array) => {
    await writeFile(join(folder, 'rows'), text);
    return loadRows(join(folder, 'rows'));
  };

  it('are taken from a JSON table unchanged', async () => {
    const file = await load(' {"fields": ["a"], "values": [[null], [1]], "meta": 1}');
    expect(chooseRows(publish({}), file)).to.deep.equal({ fields: ['a'], values: [[null], [1]], origin: 'file' });
  });

  it('are taken from CSV in the published types, or else in the types that the columns appear to have', async () => {
    const file = await load('code;size;flag;note\n7;1.5;true;\n8;2;FALSE;x\n');
    const untyped = chooseRows(publish({}), file);
    expect(untyped.values).to.deep.equal([
      [7, 1.5, true, null],
      [8, 2, false, 'x'],
    ]);
    const schema = toSchema({ code: 'string', size: 'float', flag: 'string', note: 'string' });
    expect(chooseRows(publish({ input_data_schema: schema }), file).values[0]).to.deep.equal(['7', 1.5, 'true', null]);
  });

  it('are taken from the file only if it has every feature of the deployment', async () => {
    const file = await load('a,b\n1,2\n');
    const choose = (names: string[]) =>
      chooseRows(publish({ feature_fields: names, input_data_schema: toSchema({ a: 'integer', c: 'integer' }) }), file);
    expect(choose(['a'])).to.deep.equal({ fields: ['a'], values: [[1]], origin: 'file' });
    const generated = choose(['a', 'c']);
    expect(generated.origin).to.equal('schema');
    expect(describeOrigin(generated)).to.equal('generated from the published schema, because those of --rows lack "c"');
    expect(describeOrigin(chooseRows(publish({ feature_fields: ['c', 'd', 'e', 'f', 'g', 'h'] }), file))).to.match(
      /lack "c", "d", "e", "f", "g", …$/,
    );
    expect(describeOrigin(chooseRows(publish({}), undefined))).to.equal('from the example of IBM’s documentation');
  });

  it('are those of the contract if a feature has no type, or one that cannot be generated', () => {
    for (const type of [undefined, { type: 'array', elementType: 'double' }, 'other'])
      expect(chooseRows(publish({ input_data_schema: toSchema({ a: type }) }), undefined).origin).to.equal('contract');
  });

  it('are generated differently in each row and column', () => {
    const { values } = chooseRows(
      publish({ input_data_schema: toSchema({ a: 'integer', b: 'double', c: 'string', d: 'boolean' }) }),
      undefined,
    );
    expect(new Set(values.map((row) => JSON.stringify(row))).size).to.equal(40);
    expect(new Set(values.map((row) => row[3]))).to.deep.equal(new Set([false, true]));
    expect(
      values.every(
        ([a, b, c, d]) =>
          Number.isInteger(a) && typeof b === 'number' && typeof c === 'string' && typeof d === 'boolean',
      ),
    ).to.equal(true);
  });
});
