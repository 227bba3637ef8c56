import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { DeploymentLoader, MIN_BYTES_FOR_THREAD } from '../../catalogue/deployment-loader.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { scoreTable } from '../../models/score-table.ts';
import { readAnswer } from '../support/answer.ts';
import { catchError } from '../support/deployment.ts';
import { FIXTURES, makeDeploymentsFolder, SAMPLES } from '../support/engine.ts';

describe('the deployment loader', () => {
  let temporary: Awaited<ReturnType<typeof makeDeploymentsFolder>>;
  let loader: DeploymentLoader;
  /** The number of threads that have been started. */
  let threads: number;
  const count = () => (threads += 1);
  const path = (...names: string[]) => join(temporary.folder, ...names);
  const makeLarge = (id: string) => writeFile(path(id, 'notes.txt'), ' '.repeat(MIN_BYTES_FOR_THREAD));

  beforeEach(async () => {
    temporary = await makeDeploymentsFolder(SAMPLES, ['penguins', 'car-mileage']);
    loader = new DeploymentLoader({ allowModules: true });
    threads = 0;
    process.on('worker', count);
  });
  afterEach(async () => {
    process.off('worker', count);
    await loader.close();
    await temporary.remove();
  });

  it('loads a large deployment in another thread, once requests are answered; its scores are the same', async () => {
    const before = await loader.load(path('car-mileage'));
    expect(threads).to.equal(0);
    loader.start();
    const after = await loader.load(path('car-mileage'));
    expect(threads).to.equal(1);
    const { example } = before.file;
    expect(after.file).to.deep.equal(before.file);
    expect(after.hasProbabilities).to.equal(before.hasProbabilities);
    expect(await readAnswer(scoreTable(after, example))).to.deep.equal(await readAnswer(scoreTable(before, example)));
    expect(after.shared?.id).to.equal('car-mileage');
  });

  it('loads a small deployment in this thread', async () => {
    loader.start();
    expect((await loader.load(path('penguins'))).file.id).to.equal('penguins');
    expect(threads).to.equal(0);
  });

  it('reports the problems of a large deployment, and their cause', async () => {
    loader.start();
    await makeLarge('penguins');
    await writeFile(path('penguins', 'model.json'), '{');
    const { problems, cause } = await catchError(DeploymentError, () => loader.load(path('penguins')));
    expect(problems).to.deep.equal(['model.json: expected JSON']);
    expect((cause as Error).stack).to.contain('SyntaxError');
    expect(threads).to.equal(1);
  });

  it("reports the answer of a large deployment's model that is not recorded", async () => {
    loader.start();
    await makeLarge('penguins');
    const file = JSON.parse(await readFile(path('penguins', 'deployment.json'), 'utf8')) as {
      example: { answer?: object };
    };
    const { answer: recorded } = file.example;
    delete file.example.answer;
    await writeFile(path('penguins', 'deployment.json'), JSON.stringify(file));
    const { answer } = await catchError(DeploymentError, () => loader.load(path('penguins')));
    expect(answer).to.deep.equal(recorded);
    expect(threads).to.equal(1);
  });

  it('loads a large deployment in this thread if its model cannot be shared', async () => {
    const modules = await makeDeploymentsFolder(FIXTURES, ['coin']);
    try {
      loader.start();
      await writeFile(join(modules.folder, 'coin', 'notes.txt'), ' '.repeat(MIN_BYTES_FOR_THREAD));
      expect((await loader.load(join(modules.folder, 'coin'))).shared).to.equal(undefined);
    } finally {
      await modules.remove();
    }
  });

  it('does not survive being closed: a load under way ends, and the thread with it', async () => {
    loader.start();
    await makeLarge('penguins');
    const loading = catchError(DeploymentError, () => loader.load(path('penguins')));
    await new Promise((resolve) => process.once('worker', resolve));
    await loader.close();
    expect((await loading).problems).to.deep.equal(['the thread that loaded the model has died; see the log']);
  });

  it('reads the file again with each load', async () => {
    loader.start();
    await makeLarge('penguins');
    await loader.load(path('penguins'));
    const file = path('penguins', 'deployment.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"name": "[^"]*"/, '"name": "Renamed"'));
    expect((await loader.load(path('penguins'))).file.name).to.equal('Renamed');
    // The same one, unless so much time has passed that it has ended.
    expect(threads).to.be.within(1, 2);
  });
});
