/** The shared suite of the local kinds: each kind runs it on its own deployments. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { kinds } from '../../../catalogue/kinds.ts';
import { loadDeployment } from '../../../catalogue/load-deployment.ts';
import { score } from '../../../models/score-table.ts';
import type { Deployment } from '../../../models/deployment.ts';
import { attachDeployment } from '../../../models/shared-deployment.ts';
import { catchError } from '../../support/deployment.ts';
import { makeDeploymentsFolder } from '../../support/engine.ts';
import { checkTables, describeScoring, toRows } from './scoring-suite.ts';

/**
 * Declares the tests of a kind.
 * @param folders deployments of the kind, whose text columns have categories or accept any text
 */
export function describeKind(kind: string, folders: readonly string[]): void {
  describe(`the kind ${kind}`, () => {
    it('has deployments to be tested with', () => {
      expect(folders).to.not.be.empty;
    });
    for (const folder of folders) describe(`in ${basename(folder)}`, () => describeDeployment(kind, folder));
  });
}

function describeDeployment(kind: string, folder: string): void {
  const id = basename(folder);
  let deployment: Deployment;
  before(async () => {
    deployment = await loadDeployment(folder, { allowModules: true });
    expect(deployment.file.kind).to.equal(kind);
  });
  after(() => deployment.close?.());

  describeScoring(() => deployment);

  it('returns the same scores in another thread, to the last bit, if the kind is shareable', async () => {
    const { shared } = deployment;
    expect(shared === undefined, 'the kind is shareable').to.equal(kinds[kind]?.build === undefined);
    if (!shared) return;
    const attached = attachDeployment(structuredClone(shared));
    const { file, version, hasProbabilities } = deployment;
    expect(attached).to.deep.include({ file, version, hasProbabilities });
    await checkTables(deployment, async ({ table }, scoreRows) => {
      expect(toRows(await score(attached, table), attached)).to.deep.equal(await scoreRows(table));
    });
  });

  describe('is rejected', () => {
    let temporary: Awaited<ReturnType<typeof makeDeploymentsFolder>>;
    const listProblems = async () => {
      const load = () => loadDeployment(join(temporary.folder, id), { allowModules: true });
      return (await catchError(DeploymentError, load)).problems;
    };
    const edit = async (change: (file: EditableFile) => void) => {
      const path = join(temporary.folder, id, 'deployment.json');
      const file = JSON.parse(await readFile(path, 'utf8')) as EditableFile;
      change(file);
      await writeFile(path, JSON.stringify(file));
    };

    beforeEach(async () => {
      temporary = await makeDeploymentsFolder(dirname(folder), [id]);
    });
    afterEach(() => temporary.remove());

    it('with an example that the model does not reproduce', async () => {
      await edit(({ example: { answer }, label: { classes } }) => {
        const [first] = answer.predictions;
        answer.predictions[0] = classes?.find((other) => other !== first) ?? Number(first) + 1;
      });
      expect(await listProblems()).to.deep.equal([
        "deployment.json.example.answer.predictions: the model's answer differs, first at index 0; " +
          "the log shows the model's answer",
      ]);
    });

    it('with an unknown setting', async () => {
      await edit((file) => (file.settings = { ...file.settings, colour: 'red' }));
      expect(await listProblems()).to.deep.equal(['deployment.json.settings: unknown key "colour"']);
    });

    it('without a file that it needs, naming the file', async () => {
      const notNeeded = ['deployment.json', 'training-statistics.json', 'app'];
      const files = (await readdir(folder)).filter((name) => !notNeeded.includes(name));
      expect(files).to.have.length(kind === 'blend' ? 2 : 1);
      const [file] = files as [string];
      await rm(join(temporary.folder, id, file));
      const problems = await listProblems();
      expect(problems).to.have.length(1);
      expect(problems[0]?.startsWith(`${file}: expected a `), problems[0]).to.equal(true);
    });
  });
}

interface EditableFile {
  settings?: object;
  readonly label: { readonly classes?: readonly (string | number)[] };
  readonly example: { readonly answer: { readonly predictions: (string | number)[] } };
}
