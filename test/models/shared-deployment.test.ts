import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import type { Shareable } from '../../models/kinds/kind.ts';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { score } from '../../models/score-table.ts';
import { attachDeployment, shareDeployment } from '../../models/shared-deployment.ts';
import { catchError } from '../support/deployment.ts';
import { FIXTURES, SAMPLES } from '../support/engine.ts';

describe('a shared deployment', () => {
  for (const folder of [join(SAMPLES, 'penguins'), join(FIXTURES, 'stars'), join(FIXTURES, 'rent')]) {
    it(`scores in another thread as in the thread that loaded it: ${folder.slice(folder.lastIndexOf('/') + 1)}`, async () => {
      const deployment = await loadDeployment(folder, { allowModules: false });
      const { example } = deployment.file;
      const worker = new Worker(new URL('../support/scoring-thread.ts', import.meta.url), {
        workerData: deployment.shared,
      });
      try {
        worker.postMessage({ fields: example.fields, values: example.values });
        const [scores] = (await once(worker, 'message')) as [unknown];
        expect(scores).to.deep.equal(await score(deployment, example));
      } finally {
        await worker.terminate();
      }
    });
  }

  it('keeps everything that grows with the model in shared memory', async () => {
    const { shared } = await loadDeployment(join(SAMPLES, 'penguins'), { allowModules: false });
    if (!shared) expect.fail('a forest is shareable');
    expect(shared.file.buffer).to.be.instanceOf(SharedArrayBuffer);
    const arrays = listArrays(shared.data);
    expect(arrays).to.have.length.above(5);
    for (const { buffer } of arrays) expect(buffer).to.be.instanceOf(SharedArrayBuffer);
  });

  it('can be attached again after it was attached', async () => {
    const deployment = await loadDeployment(join(SAMPLES, 'iris'), { allowModules: false });
    const attached = attachDeployment(deployment.shared as NonNullable<typeof deployment.shared>);
    expect(attached.shared).to.equal(deployment.shared);
  });

  it('preserves the file, even the sign of a zero', async () => {
    const deployment = await loadDeployment(join(SAMPLES, 'iris'), { allowModules: false });
    const file = { ...deployment.file, training: { zero: -0 } };
    const { shared } = deployment;
    const attached = attachDeployment(shareDeployment({ ...deployment, file }, shared?.data));
    expect(attached.file).to.deep.equal(file);
  });

  it('cannot be attached if its kind is not shareable', async () => {
    const { file, version, hasProbabilities, shared } = await loadDeployment(join(FIXTURES, 'coin'), {
      allowModules: true,
    });
    expect(shared).to.equal(undefined);
    const posted = shareDeployment({ file, version, hasProbabilities }, undefined);
    expect((await catchError(Error, () => attachDeployment(posted))).message).to.equal(
      'models of kind module cannot be shared between threads',
    );
  });
});

function listArrays(data: Shareable): (Int32Array | Float64Array)[] {
  if (data instanceof Int32Array || data instanceof Float64Array) return [data];
  return typeof data === 'object' ? Object.values(data).flatMap(listArrays) : [];
}
