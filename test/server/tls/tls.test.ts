import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectSecurely, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { ConfigurationError } from '../../../errors/configuration-error.ts';
import { parseConfiguration } from '../../../server/configuration.ts';
import { listen } from '../../../server/connections/connection-source.ts';
import { Exchange } from '../../../server/exchange/exchange.ts';
import { buildHttpServer } from '../../../server/connections/http-server.ts';
import { TlsCertificate } from '../../../server/tls/tls-certificate.ts';
import { makeAuthority } from '../../support/certificate.ts';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';
import { IRIS } from '../../support/healthy.ts';
import { findLogLine } from '../../support/log-line.ts';
import { sendRaw, toHead } from '../../support/raw.ts';
import { makeTlsFolder, sendSecurely, type TlsFolder } from '../../support/tls-client.ts';
import { until } from '../../support/until.ts';

const DEPLOYMENTS = '/v1/deployments';

describe('an engine with TLS', () => {
  let engine: TestEngine;
  let tls: TlsFolder;
  beforeEach(() => (tls = makeTlsFolder()));
  afterEach(() => engine.stop());

  const start = async (environment: Record<string, string> = {}) => {
    engine = await startTestEngine({ ...tls.environment, ...environment });
  };
  const send = (path = DEPLOYMENTS, options: Parameters<typeof sendSecurely>[2] = {}) =>
    sendSecurely(engine.url, path, { ca: tls.authority.cert, ...options });
  const readState = async () =>
    JSON.parse((await send('/health/ready')).text) as { tls: { expires: string; problem?: string } };
  /** Shakes hands; gives the connection, or the code of the error. */
  const shake = (options: ConnectionOptions): Promise<TLSSocket | string> =>
    new Promise((resolve) => {
      const { port, hostname: host } = new URL(engine.url);
      const socket = connectSecurely(
        { port: Number(port), host, servername: 'localhost', ca: tls.authority.cert, ...options },
        () => resolve(socket),
      );
      socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code));
    });
  const toFingerprint = ({ cert }: { cert: string }) => new X509Certificate(cert).fingerprint256;

  it('answers by TLS 1.2 and 1.3, HTTP/1.1, and publishes URLs of https', async () => {
    await start();
    expect(engine.url).to.match(/^https:/);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { status, text, protocol, alpn } = await send(DEPLOYMENTS, {
        minVersion: version,
        maxVersion: version,
        ALPNProtocols: ['h2', 'http/1.1'],
      });
      expect([status, protocol, alpn]).to.deep.equal([200, version, 'http/1.1']);
      expect(text).to.contain(`"scoring_url":"${engine.url}/v1/deployments/iris/online"`);
    }
  });

  it('refuses older versions, and clients that speak only HTTP/2', async () => {
    await start();
    const old = await shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    expect(old).to.equal('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    expect(await shake({ ALPNProtocols: ['h2'] })).to.match(/NO_APPLICATION_PROTOCOL/);
    await until('the log has the first of them', () => engine.log.some(({ msg }) => msg === 'TLS handshake failed'));
    expect(engine.log.find(({ msg }) => msg === 'TLS handshake failed')).to.include({
      times: 1,
      cause: 'ERR_SSL_UNSUPPORTED_PROTOCOL',
      client: '127.0.0.1',
    });
  });

  it('tells a client that speaks plain HTTP what is wrong', async () => {
    await start();
    const { status, text } = await sendRaw(engine.url, toHead('GET', DEPLOYMENTS), 'GET', DEPLOYMENTS);
    expect(status).to.equal(400);
    expect(text).to.contain('malformed_request').and.contain('This port speaks HTTPS');
    expect((await send()).status).to.equal(200);
  });

  it('answers what is sent in one go, in its order', async () => {
    await start();
    const socket = await shake({});
    if (typeof socket === 'string') throw new Error(socket);
    const long = JSON.stringify({ ...IRIS, values: Array.from({ length: 2000 }, () => IRIS.values[0]) });
    const post = { 'Content-Type': 'application/json', 'Content-Length': long.length };
    socket.write(
      `${toHead('POST', '/v1/deployments/iris/online', post)}${long}${toHead('GET', '/nowhere')}${toHead('GET', DEPLOYMENTS, { Connection: 'close' })}`,
    );
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).to.deep.equal(['200', '404', '200']);
    expect(text.split('"setosa"').length).to.be.greaterThan(2000);
  });

  it('resumes sessions', async () => {
    await start();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const agent = new Agent({ maxCachedSessions: 1 });
      const resumed = [];
      for (let time = 0; time < 2; time++)
        resumed.push(
          (
            await send(DEPLOYMENTS, {
              agent,
              minVersion: version,
              maxVersion: version,
              headers: { Connection: 'close' },
            })
          ).isResumed,
        );
      expect(resumed).to.deep.equal([false, true]);
    }
  });

  it('has a new certificate when its files change, and keeps the connections that there are', async () => {
    await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { fingerprint } = await send(DEPLOYMENTS, { agent });
    const next = tls.authority.issue();
    tls.write(next);
    await until('it is used', async () => (await send()).fingerprint === toFingerprint(next));
    expect((await send(DEPLOYMENTS, { agent })).fingerprint).to.equal(fingerprint);
    agent.destroy();
    expect(engine.log.filter(({ msg }) => msg === 'TLS certificate loaded')).to.have.length(1);
  });

  it('has a new certificate when a link is swapped, as Kubernetes does', async () => {
    const [other, third] = [makeTlsFolder(tls.authority), makeTlsFolder(tls.authority)];
    await symlink(other.folder, join(tls.folder, '..data'));
    const link = (name: string) => join(tls.folder, '..data', name);
    await start({ ENGINE_TLS_CERT: link('cert.pem'), ENGINE_TLS_KEY: link('key.pem') });
    const { fingerprint } = await send();
    await symlink(third.folder, join(tls.folder, '..data.new'));
    await rename(join(tls.folder, '..data.new'), join(tls.folder, '..data'));
    await until('it is used', async () => (await send()).fingerprint !== fingerprint);
  });

  it('keeps its certificate while the new files are bad, and says so in the log and in readiness', async () => {
    await start();
    const { fingerprint } = await send();
    const { ENGINE_TLS_CERT: cert, ENGINE_TLS_KEY: key } = tls.environment;
    for (const [make, problem] of [
      [() => writeFile(key, tls.authority.issue().key), 'expected a key that is that of the certificate'],
      [() => writeFile(cert, 'no certificate'), 'expected the certificate in PEM format'],
      [() => rm(cert), 'expected the certificate in a readable file (ENOENT)'],
      [
        () => tls.write(tls.authority.issue({ until: new Date(Date.now() - 1000) })),
        'expected a certificate that has not expired',
      ],
    ] as const) {
      await make();
      await until(`it says: ${problem}`, async () => (await readState()).tls.problem === problem);
      expect(engine.log.filter((line) => line['problem'] === problem)).to.have.length(1);
      expect((await send()).fingerprint).to.equal(fingerprint);
    }
    tls.write(tls.authority.issue());
    await until('it is well again', async () => (await readState()).tls.problem === undefined);
    expect(Date.parse((await readState()).tls.expires)).to.be.greaterThan(Date.now());
  });

  it('warns of a key that everyone can read', async () => {
    await chmod(tls.environment.ENGINE_TLS_KEY, 0o644);
    await start();
    expect(engine.log.find(({ mode }) => mode === '644')).to.include({ level: 'warn' });
  });

  describe('that asks for client certificates', () => {
    const clients = makeAuthority();
    const startAsking = async (environment: Record<string, string> = {}) => {
      const ca = join(tls.folder, 'clients.pem');
      await writeFile(ca, clients.cert);
      await start({ ENGINE_TLS_CLIENT_CA: ca, ...environment });
    };

    it('lets in clients that have one, and logs its name', async () => {
      await startAsking();
      const { status, headers } = await send(DEPLOYMENTS, clients.issue({ host: 'openscale' }));
      expect(status).to.equal(200);
      expect(await findLogLine(engine, headers['x-request-id'] as string)).to.include({ certificate: 'openscale' });
    });

    it('refuses those that have none, or one of another authority or that has expired, but for the status of health', async () => {
      await startAsking();
      for (const [own, cause] of [
        [{}, 'the client has shown no certificate'],
        [makeAuthority().issue(), /^Error: the certificate is not accepted: /],
        [clients.issue({ until: new Date(Date.now() - 1000) }), /CERT_HAS_EXPIRED/],
      ] as const) {
        const { status, headers, text } = await send(DEPLOYMENTS, own);
        expect(status).to.equal(401);
        expect(headers['www-authenticate']).to.equal('Certificate realm="custom-ml-engine"');
        expect(text).to.contain('This engine requires a client certificate (TLS).');
        expect((await findLogLine(engine, headers['x-request-id'] as string))['cause']).to.match(new RegExp(cause));
        const health = await send('/health/ready', own);
        expect([health.status, health.text]).to.deep.equal([200, '{"status":"ready"}']);
      }
    });

    it('refuses what is sent with the certificate of another authority, and says that it is about TLS', async () => {
      await startAsking();
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify(IRIS);
      const { status, text } = await send('/v1/deployments/iris/online', {
        ...makeAuthority().issue(),
        method: 'POST',
        headers,
        body,
      });
      // OpenSSL reports it in its own way, or not until the connection is read.
      expect(status).to.be.oneOf([400, 401]);
      expect(text).to.contain('TLS').and.not.contain('RFC 9112');
    });

    it('refuses those that have none also when they connect again', async () => {
      await startAsking();
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const agent = new Agent({ maxCachedSessions: 10 });
        for (let time = 0; time < 3; time++) {
          const reply = await send(DEPLOYMENTS, {
            agent,
            minVersion: version,
            maxVersion: version,
            headers: { Connection: 'close' },
          });
          expect([reply.status, reply.isResumed]).to.deep.equal([401, false]);
        }
      }
    });

    it('asks for a password as well where there is one', async () => {
      await startAsking({ ENGINE_USERNAME: 'openscale', ENGINE_PASSWORD: 'word' });
      const own = clients.issue();
      const auth = 'openscale:word';
      const refused = await send(DEPLOYMENTS, own);
      expect([refused.status, refused.headers['www-authenticate']]).to.deep.equal([
        401,
        'Basic realm="custom-ml-engine", charset="UTF-8"',
      ]);
      expect(refused.text).to.contain('requires a client certificate (TLS), and a user name and a password');
      expect((await send(DEPLOYMENTS, { auth })).status).to.equal(401);
      expect((await send(DEPLOYMENTS, { ...own, auth })).status).to.equal(200);
    });

    it('begins sessions for clients that have one, and admits them with one only', async () => {
      await startAsking({ ENGINE_USERNAME: 'openscale', ENGINE_PASSWORD: 'word' });
      const own = clients.issue({ host: 'ann' });
      const strangers = [{}, clients.issue({ until: new Date(Date.now() - 1000) })];
      const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const logIn = (certificate: object) =>
        send('/login', { ...certificate, method: 'POST', headers: form, body: 'username=openscale&password=word' });
      for (const stranger of strangers) {
        const refused = await logIn(stranger);
        expect([refused.status, refused.headers['set-cookie']]).to.deep.equal([401, undefined]);
      }
      const Cookie = String((await logIn(own)).headers['set-cookie']).split(';', 1)[0] as string;
      const get = (path: string, certificate: object) => send(path, { ...certificate, headers: { Cookie } });
      const page = await get('/', own);
      expect(page.status).to.equal(200);
      expect(await findLogLine(engine, page.headers['x-request-id'] as string)).to.include({
        certificate: 'ann',
        user: 'openscale',
      });
      expect((await get('/session', own)).text).to.equal('{"logged_in":true}');
      for (const stranger of strangers) {
        for (const path of ['/', DEPLOYMENTS, '/console/data/deployments'])
          expect((await get(path, stranger)).status, path).to.equal(401);
        expect((await get('/session', stranger)).text).to.equal('{"logged_in":false}');
      }
    });

    it('has no login where certificates are all that is asked for, and a cookie changes nothing', async () => {
      await startAsking();
      const Cookie = 'custom-ml-engine=e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
      const headers = { Cookie, Accept: 'text/html' };
      expect((await send('/', { headers })).status).to.equal(401);
      expect((await send('/', { headers, ...clients.issue() })).status).to.equal(200);
      const login = await send('/login', { headers });
      expect([login.status, login.headers['location']]).to.deep.equal([303, './']);
    });
  });

  it('closes a connection whose handshake is not done in time, and answers others meanwhile', async () => {
    await start({ ENGINE_BODY_TIMEOUT: '1' });
    const { port } = new URL(engine.url);
    const sockets = ['', '\x16', '\x16\x03\x01\x02\x00'].map((start) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(start, 'latin1'));
      socket.on('error', () => undefined).resume();
      return once(socket, 'close');
    });
    expect((await send()).status).to.equal(200);
    await Promise.all(sockets);
    expect((await send()).status).to.equal(200);
  });

  it('answers while many begin handshakes that they do not end', async () => {
    await start();
    const { port } = new URL(engine.url);
    const hello = await recordHello();
    const sockets = Array.from({ length: 300 }, () => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(hello));
      socket.on('error', () => undefined).resume();
      return socket;
    });
    for (let time = 0; time < 5; time++) expect((await send()).status).to.equal(200);
    for (const socket of sockets) socket.destroy();
  });
});

/** The first bytes that a client sends. */
async function recordHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connectSecurely((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  server.close();
  return hello;
}

describe('TLS settings', () => {
  const findProblems = (environment: Record<string, string>) => {
    try {
      parseConfiguration(environment);
      return [];
    } catch (error) {
      return (error as ConfigurationError).problems;
    }
  };

  it('are a certificate with its key, whose passphrase is in a file', async () => {
    const tls = makeTlsFolder();
    const { ENGINE_TLS_CERT, ENGINE_TLS_KEY } = tls.environment;
    expect(parseConfiguration(tls.environment).tls).to.include({ cert: ENGINE_TLS_CERT, key: ENGINE_TLS_KEY });
    const { cert, key } = tls.authority.issue();
    const encrypted = createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'canary',
    });
    tls.write({ cert, key: encrypted as string });
    const place = 'ENGINE_TLS_CERT, ENGINE_TLS_KEY: expected';
    expect(findProblems(tls.environment)).to.deep.equal([`${place} a passphrase, because the key is encrypted`]);
    const file = join(tls.folder, 'passphrase');
    await writeFile(file, 'wrong\n');
    const environment = { ...tls.environment, ENGINE_TLS_PASSPHRASE_FILE: file };
    expect(findProblems(environment)).to.deep.equal([`${place} a private key in PEM format, and its passphrase`]);
    await writeFile(file, 'canary\n');
    expect(findProblems(environment)).to.deep.equal([]);
    const engine = await startTestEngine(environment);
    expect((await sendSecurely(engine.url, DEPLOYMENTS, { ca: tls.authority.cert })).status).to.equal(200);
    await engine.stop();
  });

  it('are refused where one is missing or they do not fit', () => {
    const tls = makeTlsFolder();
    const { ENGINE_TLS_CERT, ENGINE_TLS_KEY } = tls.environment;
    const missing = 'expected a file, because TLS needs a certificate and its key';
    expect(findProblems({ ENGINE_TLS_CERT })).to.deep.equal([`ENGINE_TLS_KEY: ${missing}`]);
    expect(findProblems({ ENGINE_TLS_CLIENT_CA: ENGINE_TLS_CERT })).to.deep.equal([
      `ENGINE_TLS_CERT: ${missing}`,
      `ENGINE_TLS_KEY: ${missing}`,
    ]);
    for (const [environment, expected] of [
      [{ ENGINE_TLS_CERT: ENGINE_TLS_KEY, ENGINE_TLS_KEY }, 'the certificate in PEM format'],
      [{ ENGINE_TLS_CERT, ENGINE_TLS_KEY: ENGINE_TLS_CERT }, 'a private key in PEM format'],
      [{ ...tls.environment, ENGINE_TLS_CLIENT_CA: ENGINE_TLS_KEY }, 'the authorities of clients in PEM format'],
    ] as const)
      expect(findProblems(environment)).to.deep.equal([`ENGINE_TLS_CERT, ENGINE_TLS_KEY: expected ${expected}`]);
  });

  it('let the engine listen beyond loopback without a password only where clients must have certificates', () => {
    const { environment } = makeTlsFolder();
    const beyond = { ENGINE_HOST: '0.0.0.0', ...environment };
    expect(findProblems(beyond)).to.have.length(1);
    expect(findProblems({ ...beyond, ENGINE_TLS_CLIENT_CA: environment.ENGINE_TLS_CERT })).to.deep.equal([]);
  });
});

describe('a connection that is to be encrypted', () => {
  it('counts before its handshake', async () => {
    const tls = makeTlsFolder();
    const { ENGINE_TLS_CERT: cert, ENGINE_TLS_KEY: key } = tls.environment;
    const certificate = new TlsCertificate({ cert, key, passphrase: undefined, clientCa: undefined }, undefined);
    let shed = 0;
    const http = buildHttpServer(
      (request, response) => {
        const exchange = new Exchange(request, response, () => undefined);
        exchange.send(200, '1');
        return exchange;
      },
      {
        bodyTimeout: 10_000,
        maxConnections: 3,
        onShed: () => (shed += 1),
        tls: { certificate, onFailed: () => undefined },
      },
      () => undefined,
    );
    const source = await listen(http.entrance, {
      host: '127.0.0.1',
      port: 0,
      tls: { cert, key, passphrase: undefined, clientCa: undefined },
    });
    const { port } = new URL(source.url);
    const silent = Array.from({ length: 5 }, () => connect(Number(port), '127.0.0.1'));
    await until('two are closed', () => shed === 2);
    expect((await sendSecurely(source.url, '/', { ca: tls.authority.cert })).status).to.equal(200);
    await until('a third one is closed for that', () => shed === 3);
    for (const socket of silent) socket.destroy();
    await http.close(source, () => undefined);
    certificate.close();
  });
});
