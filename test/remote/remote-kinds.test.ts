/** The properties of every remote kind, shown with a model server for each variant of its wire format. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { adapters } from '../../remote/adapters.ts';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import type { Deployment } from '../../models/deployment.ts';
import { catchError, toClassifier, toJson } from '../support/deployment.ts';
import { HttpDouble } from '../support/http-double.ts';
import { CLASSES, scoreRow, speak, type Wire } from './wire.ts';
import { describeScoring } from '../models/kinds/scoring-suite.ts';
import { wires } from './wires.ts';

/** Columns of every type; kinds that take only numbers encode them. */
const COLUMNS = [
  { name: 'height', type: 'double', nullable: true },
  { name: 'rings', type: 'integer' },
  { name: 'soil', type: 'string', categories: ['clay', 'loam', 'sand'] },
  { name: 'felled', type: 'boolean' },
];
const ROW = [12.5, 40, 'loam', false];

for (const kind of Object.keys(adapters)) {
  describe(`the remote kind ${kind}`, () => {
    const variants = Object.entries(wires[kind] ?? {});
    it('has wire formats to test', () => {
      expect(variants).to.not.be.empty;
    });
    for (const [variant, wire] of variants) describe(variant, () => describeWire(kind, wire));
  });
}

function describeWire(kind: string, wire: Wire): void {
  let server: HttpDouble;
  let folder: string;
  let deployment: Deployment;

  const write = async (settings: object): Promise<string> => {
    const example = { fields: COLUMNS.map(({ name }) => name), values: [ROW], answer: toAnswer(ROW) };
    const keys = { ...toClassifier(...CLASSES), id: kind, kind, settings, columns: COLUMNS, example };
    await mkdir(join(folder, kind), { recursive: true });
    await writeFile(join(folder, kind, 'deployment.json'), JSON.stringify(toJson(keys)));
    return join(folder, kind);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'remote-'));
    server = await HttpDouble.start(speak(wire));
    const path = await write({ url: server.url, ...wire.settings });
    deployment = await loadDeployment(path, { allowModules: false });
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('is loaded without any call', () => {
    expect(server.requests).to.be.empty;
  });

  describeScoring(() => deployment);

  it('reports an unknown setting together with an invalid one', async () => {
    const path = await write({ url: server.url, ...wire.settings, colour: 'red', timeout: 0 });
    const { problems } = await catchError(DeploymentError, () => loadDeployment(path, { allowModules: false }));
    const place = 'deployment.json.settings';
    expect(problems).to.have.members([`${place}.timeout: expected a number >= 1`, `${place}: unknown key "colour"`]);
  });
}

function toAnswer(row: readonly unknown[]) {
  const { label, probabilities } = scoreRow(row);
  return { predictions: [label], probabilities: [probabilities] };
}
