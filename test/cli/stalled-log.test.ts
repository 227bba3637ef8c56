import { expect } from 'chai';
import { platform } from 'node:os';
import { Agent, request } from 'undici';
import { stallLog } from '../chaos/faults/stall-log.ts';
import { SAMPLES } from '../support/engine.ts';
import { Run } from '../support/run.ts';
import { until } from '../support/until.ts';

/** More lines than pipes hold and the engine keeps. */
const REQUESTS = 3_000;

// Elsewhere a pipe cannot be opened once more, and standard error is a stream of Node.
if (platform() === 'linux') {
  describe('an engine whose log is not read', () => {
    let engine: Run;
    const client = new Agent({ connections: 20 });
    after(() => client.close());
    afterEach(() => engine.process.kill('SIGKILL'));

    const fill = async (url: string, requests = REQUESTS) => {
      let count = 0;
      const work = async () => {
        while (count++ < requests) {
          const headers = { 'X-Request-Id': `a-request-${'x'.repeat(100)}` };
          const { statusCode, body } = await request(`${url}/v1/nowhere`, { dispatcher: client, headers });
          await body.dump();
          expect(statusCode).to.equal(404);
        }
      };
      await Promise.all(Array.from({ length: 20 }, work));
    };

    for (const workers of ['1', '2']) {
      it(`answers all the same, says later what it dropped, and stops on SIGTERM (${workers} processes)`, async () => {
        const log = await stallLog();
        engine = new Run(['serve', '--port', '0', '--deployments', SAMPLES, '--workers', workers], {
          log: log.descriptor,
        });
        const url = await engine.listen();
        await fill(url);
        expect((await fetch(`${url}/health/ready`)).status).to.equal(200);
        let text = '';
        await until('it says what it dropped', async () => {
          text += await log.readNow();
          return text.includes('"msg":"log lines dropped');
        });
        const lines = text.split('\n').slice(0, -1);
        const [notice] = lines
          .map((line) => JSON.parse(line) as Record<string, unknown>)
          .filter(({ msg }) => String(msg).startsWith('log lines dropped'));
        expect(notice?.['lines']).to.be.greaterThan(0);
        expect(lines.length).to.be.lessThan(REQUESTS);
        await fill(url, 500);
        engine.process.kill('SIGTERM');
        expect(await engine.code).to.equal(0);
        await log.close();
      });
    }

    it('answers all the same, and stops on SIGTERM, where its log is a socket', async () => {
      engine = new Run(['serve', '--port', '0', '--deployments', SAMPLES]);
      const url = await engine.listen();
      engine.process.stderr?.pause();
      await fill(url);
      expect((await fetch(`${url}/health/ready`)).status).to.equal(200);
      engine.process.kill('SIGTERM');
      await until('it has ended', () => engine.process.exitCode !== null);
      expect(engine.process.exitCode).to.equal(0);
    });
  });
}
