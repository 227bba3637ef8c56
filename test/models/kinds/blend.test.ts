import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadDeployment } from '../../../catalogue/load-deployment.ts';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { average } from '../../../models/kinds/blend.ts';
import { catchError } from '../../support/deployment.ts';
import { FIXTURES } from '../../support/engine.ts';

interface EditableFile {
  settings: { members: [Record<string, unknown>, Record<string, unknown>] };
  columns: object[];
}

describe('the kind blend', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blend-'));
    await cp(join(FIXTURES, 'blended-approval'), join(folder, 'blended-approval'), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function listProblems(change: (file: EditableFile) => void): Promise<readonly string[]> {
    const path = join(folder, 'blended-approval', 'deployment.json');
    const file = JSON.parse(await readFile(path, 'utf8')) as EditableFile;
    change(file);
    await writeFile(path, JSON.stringify(file));
    const load = () => loadDeployment(join(folder, 'blended-approval'), { allowModules: false });
    return (await catchError(DeploymentError, load)).problems;
  }

  it('names the settings of the member that are wrong', async () => {
    const problems = await listProblems(({ settings }) => (settings.members[1]['settings'] = { voting: 'soft' }));
    expect(problems).to.deep.equal(['deployment.json.settings.members[1].settings: unknown key "voting"']);
  });

  it('names the file of the member that is wrong', async () => {
    const text = '{ "coefficients": [[1, 2]], "intercepts": [0] }';
    await writeFile(join(folder, 'blended-approval', 'income.model.json'), text);
    expect(await listProblems(() => undefined)).to.deep.equal([
      'income.model.json.coefficients[0]: expected 3 numbers, one per encoded feature',
    ]);
  });

  it('rejects members with the same name, and columns that are not those of the deployment', async () => {
    const problems = await listProblems(({ settings: { members }, columns }) => {
      members[1]['name'] = 'codes';
      members[1]['columns'] = columns.slice(1);
    });
    expect(problems).to.deep.equal([
      'deployment.json.settings.members[1].name: expected a unique name',
      "deployment.json.settings.members[1].columns: expected the names and types of the deployment's columns, in their order",
    ]);
  });

  it('rejects a member whose scores have to be waited for, or whose weight is not positive', async () => {
    const problems = await listProblems(({ settings: { members } }) => {
      members[0]['kind'] = 'module';
      members[1]['weight'] = 0;
    });
    expect(problems).to.have.length(2);
    expect(problems[0]).to.match(/^deployment\.json\.settings\.members\[0\]\.kind: /);
    expect(problems[1]).to.match(/^deployment\.json\.settings\.members\[1\]\.weight: /);
  });

  it('averages probabilities, and predicts the most probable class of the mean', () => {
    const scores = [
      { predictions: [0], probabilities: [0.6, 0.4] },
      { predictions: [1], probabilities: [0.1, 0.9] },
    ];
    const parts = scores.map((one) => ({ scores: one, weight: 0.5 }));
    const { predictions, probabilities } = average(parts, 2);
    expect(Array.from(predictions)).to.deep.equal([1]);
    expect(Array.from(probabilities ?? [])).to.deep.equal([0.35, 0.65]);
  });
});
