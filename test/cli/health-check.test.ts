/** The health check of the image, as Docker runs it: it follows the settings of the engine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { FIXTURES, makeDeploymentsFolder, startTestEngine } from '../support/engine.ts';
import { ENVIRONMENT } from '../support/run.ts';
import { makeTlsFolder } from '../support/tls-client.ts';

const ROOT = new URL('../../', import.meta.url);
const LOADER = new URL('scripts/register-typescript.js', ROOT).href;

describe('the health check of the image', () => {
  const check = async (environment: Record<string, string>): Promise<number> => {
    const program = fileURLToPath(new URL('cli/health-check.ts', ROOT));
    const started = spawn(process.execPath, ['--import', LOADER, program], { env: { ...ENVIRONMENT, ...environment } });
    const [code] = (await once(started, 'close')) as [number];
    return code;
  };
  const toPort = ({ url }: { url: string }) => new URL(url).port;

  it('is what the Dockerfile names', async () => {
    const [, file = ''] =
      /^HEALTHCHECK CMD \["node", "dist\/(.*)\.js"\]$/m.exec(await readFile(new URL('Dockerfile', ROOT), 'utf8')) ?? [];
    expect((await stat(new URL(`${file}.ts`, ROOT))).isFile()).to.equal(true);
  });

  it('follows the port and the host, and needs no password', async () => {
    const engine = await startTestEngine({ ENGINE_USERNAME: 'a', ENGINE_PASSWORD: 'b' });
    const ENGINE_PORT = toPort(engine);
    const codes = await Promise.all(
      ['', '0.0.0.0', '127.0.0.1'].map((ENGINE_HOST) => check({ ENGINE_PORT, ENGINE_HOST })),
    );
    expect(codes).to.deep.equal([0, 0, 0]);
    await engine.stop();
    expect(await check({ ENGINE_PORT })).to.equal(1);
  });

  it('follows TLS, also where clients must have certificates', async () => {
    const tls = makeTlsFolder();
    const ca = join(tls.folder, 'clients.pem');
    await writeFile(ca, tls.authority.cert);
    const environment = { ...tls.environment, ENGINE_TLS_CLIENT_CA: ca };
    const engine = await startTestEngine(environment);
    const ENGINE_PORT = toPort(engine);
    expect(await Promise.all([check({ ...environment, ENGINE_PORT }), check({ ENGINE_PORT })])).to.deep.equal([0, 1]);
    await engine.stop();
  });

  it('fails for an engine that is not ready, and for what does not answer', async () => {
    const { folder, remove } = await makeDeploymentsFolder(FIXTURES, ['sum']);
    const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
    const silent = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const codes = await Promise.all([check({ ENGINE_PORT: toPort(engine) }), check({ ENGINE_PORT: String(port) })]);
    expect(codes).to.deep.equal([1, 1]);
    silent.close();
    await engine.stop();
    await remove();
  });
});
