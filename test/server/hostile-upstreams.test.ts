import { expect } from 'chai';
import { hostileReplies } from '../chaos/faults/hostile-replies.ts';
import { good, says } from '../support/behaviours.ts';
import { writeLine } from '../support/deployment.ts';
import { makeDeploymentsFolder, startTestEngine, type TestEngine } from '../support/engine.ts';
import { HttpDouble } from '../support/http-double.ts';
import { toAnswered, toXs, writeRemote } from '../support/remote.ts';

/** As good, and so long that a thread reads it. */
const pads = says(`${' '.repeat(2 ** 17)}[[0.5, 0.5]]`);

/** Those that take more than a tenth of a second to parse. */
const SLOW = ['empty lists', 'objects of different keys', 'an object of many keys'];

/** Whether some work is done by now. */
function follow(work: Promise<unknown>): () => boolean {
  let isDone = false;
  void work.finally(() => (isDone = true));
  return () => isDone;
}

describe('a reply that takes long to read', () => {
  let hostile: HttpDouble;
  let kind: HttpDouble;
  let engine: TestEngine;
  let remove: () => Promise<void>;
  before(async () => {
    [hostile, kind] = await Promise.all([HttpDouble.start(good), HttpDouble.start(good)]);
    const deployments = await makeDeploymentsFolder('', []);
    ({ remove } = deployments);
    const { folder } = deployments;
    await writeLine(`${folder}/local`, 'local', 0);
    // Its answers are checked by calls alone.
    const settings = { ready_interval: 600_000, timeout: 600_000 };
    await writeRemote(folder, 'hostile', { url: hostile.url, ...settings });
    await writeRemote(folder, 'kind', { url: kind.url, ...settings });
    const rows = '$map([1..100000], function($v) { $v * 2 })';
    await writeRemote(folder, 'expression', { url: kind.url, answer: { rows }, ...settings });
    await writeRemote(folder, 'hasty', { url: hostile.url, ...settings, timeout: 300 });
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
  });
  after(async () => {
    await engine.stop();
    await Promise.all([hostile.close(), kind.close()]);
    await remove();
  });

  /** Scores with other deployments, one call after the other, until the work is done; gives how many calls were answered. */
  const scoreMeanwhile = async (work: Promise<unknown>): Promise<number> => {
    const isDone = follow(work);
    let count = 0;
    for (; !isDone(); count++) {
      expect((await engine.score('local', toXs(2))).body.values).to.deep.equal([[2, 2]]);
      expect((await engine.score('kind', toXs(0.25))).body.values).to.deep.equal(toAnswered(0.25));
    }
    return count;
  };

  for (const [name, toText] of Object.entries(hostileReplies)) {
    it(`delays no other deployment, and is answered 502: ${name}`, async () => {
      const text = toText(2 ** 20);
      let count = 0;
      hostile.behave((_request, response) => {
        // From then on, the engine reads.
        response.end(text).once('finish', () => (count = 0));
      });
      const calls = [1, 2].map(async () => {
        const { status, error } = await engine.score('hostile', toXs(0.5));
        expect([status, error?.code]).to.deep.equal([502, 'target_failed']);
      });
      const work = Promise.all(calls);
      const isDone = follow(work);
      for (; !isDone(); count++) expect((await engine.score('local', toXs(2))).status).to.equal(200);
      await work;
      // Others are read in a moment.
      if (SLOW.includes(name)) expect(count).to.be.greaterThan(6);
    });
  }

  it('delays no other deployment if it is long because of an expression, however short the reply is', async () => {
    const calls = [1, 2].map(async () => {
      expect((await engine.score('expression', toXs(0.5))).status).to.equal(502);
    });
    expect(await scoreMeanwhile(Promise.all(calls))).to.be.greaterThan(6);
  });

  it('is ended when its call has no time left (504), and the next reply is read', async () => {
    const text = (hostileReplies['empty lists'] as (size: number) => string)(2 ** 22);
    hostile.behave((_request, response) => void response.end(text));
    const calls = [1, 2].map(async () => {
      const { status } = await engine.score('hasty', toXs(0.5));
      // Where it was read in time, it is invalid.
      expect([502, 504]).to.include(status);
    });
    await Promise.all(calls);
    hostile.behave(pads);
    expect((await engine.score('hostile', toXs(0.5))).body.values).to.deep.equal([[0.5, 'no', [0.5, 0.5]]]);
  });

  it('has its scores when it is valid', async () => {
    kind.behave(pads);
    const replies = await Promise.all([1, 2, 3].map(() => engine.score('kind', toXs(0.5))));
    for (const { body } of replies) expect(body.values).to.deep.equal([[0.5, 'no', [0.5, 0.5]]]);
  });
});
