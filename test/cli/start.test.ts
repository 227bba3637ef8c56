import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import manifest from '../../package.json' with { type: 'json' };
import { holdConnections } from '../chaos/faults/hold-connections.ts';
import { SAMPLES } from '../support/engine.ts';
import { Run } from '../support/run.ts';
import { until } from '../support/until.ts';

// test/package runs the entry with versions of Node that are too old.
describe('the entry of the command', () => {
  it('asks for the version of Node that the manifest asks for', async () => {
    const text = await readFile(new URL('../../cli/start.cts', import.meta.url), 'utf8');
    const [, major, minor] = /const minimum = \[(\d+), (\d+)\]/.exec(text) ?? [];
    expect(manifest.engines.node).to.equal(`>=${major}.${minor}.0`);
  });

  // Elsewhere it does not know the limit.
  if (platform() === 'linux') {
    it('says in one sentence that too few files may be open', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'start-'));
      const entry = join(folder, 'start.cjs');
      const source = await readFile(new URL('../../cli/start.cts', import.meta.url), 'utf8');
      const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
      await writeFile(entry, outputText);
      const run = spawn('sh', ['-c', `ulimit -n 64; exec "$0" "$@"`, process.execPath, entry, 'serve'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      run.stderr.on('data', (chunk) => (stderr += String(chunk)));
      const [code] = (await once(run, 'close')) as [number];
      await rm(folder, { recursive: true });
      expect(stderr).to.equal(
        'custom-ml-engine must be able to open 256 files at a time, and this process may open 64; raise the limit (ulimit -n 1024).\n',
      );
      expect(code).to.equal(1);
    });

    it('serves with few files: other callers are answered while connections use them up, and afterwards', async () => {
      const run = new Run(['serve', '--port', '0', '--deployments', SAMPLES], { files: 300 });
      const url = await run.listen();
      const held = await holdConnections({ url }, { count: 400 });
      try {
        for (let call = 0; call < 5; call++) {
          const reply = await fetch(`${url}/v1/deployments`, { headers: { Connection: 'close' } });
          // undici 7.30 dies of a connection that ends before the body is read.
          await reply.text();
          expect(reply.status).to.equal(200);
        }
        expect(held.countOpen()).to.be.lessThan(300);
      } finally {
        held.stop();
      }
      await until('new connections are kept again', async () => {
        const again = await holdConnections({ url }, { count: 50 });
        const count = again.countOpen();
        again.stop();
        return count === 50;
      });
      expect(run.stderr.match(/"msg":"too many connections"/g)).to.have.length(1);
      run.process.kill('SIGTERM');
      expect(await run.code).to.equal(0);
    });
  }
});
