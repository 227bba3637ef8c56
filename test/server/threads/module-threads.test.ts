import { expect } from 'chai';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { copyMisbehaving, makeHastyFolder, SAMPLES, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { IRIS, toModeTable } from '../../support/healthy.ts';

describe('a module in a thread of its own', () => {
  let engine: TestEngine;
  let remove: () => Promise<void>;
  before(async () => {
    const deployments = await makeHastyFolder('coin');
    ({ remove } = deployments);
    const { folder } = deployments;
    await cp(join(SAMPLES, 'iris'), join(folder, 'iris'), { recursive: true });
    await copyMisbehaving(folder, 'limited', { timeout: 3000 });
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder, ENGINE_ALLOW_MODULES: 'true' });
  });
  after(async () => {
    await engine.stop();
    await remove();
  });

  const scoreAs = async (mode: string, id = 'misbehaving') => {
    const { status, error } = await engine.score(id, toModeTable(mode));
    return [status, error?.code];
  };

  it('delays no other deployment however long it takes, and is ended after its time limit', async () => {
    const endless = scoreAs('endless', 'limited');
    let isDone = false;
    void endless.finally(() => (isDone = true));
    let count = 0;
    // Its time limit is 3 s.
    for (; !(isDone as boolean); count++) {
      expect((await engine.score('iris', IRIS)).status).to.equal(200);
      expect((await engine.score('coin', { fields: ['x'], values: [[0.75]] })).status).to.equal(200);
    }
    expect(await endless).to.deep.equal([500, 'model_failed']);
    expect(count).to.be.greaterThan(5);
    // Its thread is ended a second later, with the calls that wait for it; then there is another one.
    while ((await scoreAs('well', 'limited'))[0] !== 200) continue;
  });

  it('has several calls at once, and those that take long do not end the others', async () => {
    const [never, slow, well] = await Promise.all(['never', 'slow', 'well'].map((mode) => scoreAs(mode, 'limited')));
    expect([never, slow, well]).to.deep.equal([
      [500, 'model_failed'],
      [200, undefined],
      [200, undefined],
    ]);
    expect(await scoreAs('well', 'limited')).to.deep.equal([200, undefined]);
  });

  it('ends its thread alone when it ends its process, and the next call has another one', async () => {
    expect(await scoreAs('exit')).to.deep.equal([500, 'model_failed']);
    expect(await scoreAs('well')).to.deep.equal([200, undefined]);
  });

  it('runs in the event loop where its settings say so', async () => {
    expect(await scoreAs('well', 'hasty')).to.deep.equal([200, undefined]);
    expect(await scoreAs('never', 'hasty')).to.deep.equal([500, 'model_failed']);
  });
});
