/** Engines behind TLS: certificates are verified, unless the user turns that off. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { checkEngine } from '../../conformance/check-engine.ts';
import { selectChecks } from '../../conformance/select-checks.ts';
import { UsageError } from '../../conformance/usage-error.ts';
import { catchError } from '../support/deployment.ts';
import { listIds } from './zoo/judge.ts';

describe('an engine behind TLS', () => {
  let server: Server;
  let folder: string;
  let list = '{"count":0,"resources":[]}';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-days', '2'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await promisify(execFile)('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject]);
    server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(list);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  const check = (insecure: boolean, certificates = {}) =>
    checkEngine({
      base: new URL(`https://localhost:${(server.address() as AddressInfo).port}`),
      checks: selectChecks({ only: ['discovery'] }),
      maxRows: 5000,
      timeout: 10_000,
      level: 'required',
      insecure,
      certificates,
    });

  it('is not called if its certificate is not trusted', async () => {
    const { message } = await catchError(UsageError, () => check(false));
    expect(message).to.match(
      /could not connect \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. --ca-file trusts the authority in a file; --insecure accepts any certificate\.$/,
    );
  });

  it('is called if its authority is given', async () => {
    const ca = await readFile(join(folder, 'cert.pem'), 'utf8');
    expect(listIds(await check(false, { ca }), 'failed')).to.deep.equal([]);
  });

  it('is called if any certificate is accepted', async () => {
    expect(listIds(await check(true), 'failed')).to.deep.equal([]);
  });

  it('fails urls-scheme if it publishes http URLs on its port, as an application does behind a TLS proxy', async () => {
    const url = `http://localhost:${(server.address() as AddressInfo).port}/v1/deployments/loan/online`;
    list = JSON.stringify({ count: 1, resources: [{ metadata: { guid: 'loan' }, entity: { scoring_url: url } }] });
    const { results } = await check(true);
    const verdict = (name: string) => results.find(({ id }) => id === name);
    expect(verdict('urls-scheme')?.findings[0]).to.include({
      verdict: 'failed',
      actual: `entity.scoring_url is "${url}", but the port was called by https`,
      expected: `https://localhost:${new URL(url).port}`,
    });
    expect(verdict('urls-same-host')?.verdict).to.equal('passed');
  });
});
