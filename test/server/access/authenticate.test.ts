import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import openapi from '../../../generated/openapi.json' with { type: 'json' };
import { startTestEngine, type TestEngine } from '../../support/engine.ts';
import { IRIS } from '../../support/healthy.ts';
import { RawConnection, sendRaw, toHead } from '../../support/raw.ts';

const PASSWORD = 'pässwörd: 8675309 🌸';
const DEPLOYMENTS = '/v1/deployments';
const ONLINE = '/v1/deployments/iris/online';

const toBasic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

const FEEDBACK = { fields: [...IRIS.fields, 'species'], values: IRIS.values.map((row) => [...row, 'setosa']) };

/** Every operation of the contract, as a request for the deployment `iris`. */
const OPERATIONS = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => [method.toUpperCase(), path.replace('{deployment_id}', 'iris')] as const),
);

describe('authentication', () => {
  describe('basic', () => {
    let engine: TestEngine;
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'authentication-'));
      const log = join(folder, 'payload-log.json');
      await writeFile(log, '{}');
      const credentials = { ENGINE_USERNAME: 'open scale', ENGINE_PASSWORD: PASSWORD };
      engine = await startTestEngine({ ...credentials, ENGINE_PAYLOAD_LOG: log });
    });
    after(async () => {
      await engine.stop();
      await rm(folder, { recursive: true });
    });

    const list = (authorization: string) => engine.request(DEPLOYMENTS, { headers: { Authorization: authorization } });
    const right = toBasic(`open scale:${PASSWORD}`);

    for (const [method, path] of OPERATIONS) {
      it(`is asked for by ${method} ${path}`, async () => {
        const body = method === 'POST' ? { body: path.endsWith('/feedback') ? FEEDBACK : IRIS } : {};
        const { status, headers, error } = await engine.request(path, { method, ...body });
        expect(status).to.equal(401);
        expect(headers.get('www-authenticate')).to.equal('Basic realm="custom-ml-engine", charset="UTF-8"');
        expect(error).to.deep.equal({
          code: 'unauthorized',
          message: 'This engine requires a user name and a password (Basic authentication).',
          target: { type: 'header', name: 'Authorization' },
        });
        const welcome = await engine.request(path, { method, ...body, headers: { Authorization: right } });
        // A metrics provider has no run to evaluate here.
        expect(welcome.status).to.equal(path.includes('{name}') ? 400 : 200);
      });
    }

    it('is asked for by HEAD, and for deployments that are not there', async () => {
      expect((await engine.request(DEPLOYMENTS, { method: 'HEAD' })).status).to.equal(401);
      expect((await engine.request(`${DEPLOYMENTS}/unknown`)).status).to.equal(401);
      expect((await engine.score('unknown', IRIS)).status).to.equal(401);
    });

    it('is not asked for by health', async () => {
      expect((await engine.request('/health/live')).status).to.equal(200);
      expect((await engine.request('/health/ready')).status).to.equal(200);
    });

    for (const [name, authorization] of [
      ['another user', toBasic(`openscale:${PASSWORD}`)],
      ['another password', toBasic('open scale:other')],
      ['the beginning of the password', toBasic(`open scale:${PASSWORD.slice(0, -1)}`)],
      ['no password', toBasic('open scale:')],
      ['no user', toBasic(`:${PASSWORD}`)],
      ['user and password the other way round', toBasic(`${PASSWORD}:open scale`)],
      ['nothing', toBasic(':')],
      ['no colon', toBasic('open scale')],
      ['a header without credentials', 'Basic'],
      ['a header that is not base64', 'Basic ###'],
      ['an empty header', ''],
      ['another scheme', `Bearer ${right.slice(6)}`],
      ['two schemes', `${right}, ${right}`],
      // The password has a character that Latin-1 does not have.
      ['a truncated password', `Basic ${Buffer.from(`open scale:${PASSWORD}`, 'latin1').toString('base64')}`],
    ] as const) {
      it(`refuses ${name}`, async () => {
        expect((await list(authorization)).status).to.equal(401);
      });
    }

    it('takes the name of the scheme in any case (RFC 9110, 11.1)', async () => {
      expect((await list(right.replace('Basic', 'basic'))).status).to.equal(200);
      expect((await list(right.replace('Basic', 'BASIC'))).status).to.equal(200);
    });

    it('refuses before the body is sent', async () => {
      for (const expecting of [{}, { Expect: '100-continue' }]) {
        const head = toHead('POST', ONLINE, { 'Content-Type': 'text/csv', 'Content-Length': 2 ** 30, ...expecting });
        expect((await sendRaw(engine.url, head, 'POST', ONLINE)).status).to.equal(401);
      }
    });

    it('reads no body of a stranger, and cuts off one that does not stop', async () => {
      const connection = await RawConnection.open(engine.url);
      connection.send(toHead('POST', ONLINE, { 'Content-Type': 'application/json', 'Content-Length': 2 ** 30 }));
      const [reply, sent] = await Promise.all([
        connection.receive('POST', ONLINE),
        connection.sendEndlessly(Buffer.alloc(65_536)),
      ]);
      expect(reply.status).to.equal(401);
      expect(sent).to.be.lessThan(100 * 2 ** 20);
    });

    it('leaves no password in the log, and the user name only for accepted requests', () => {
      const refused = engine.log.filter(({ code }) => code === 'unauthorized');
      expect(refused).to.not.be.empty;
      expect(JSON.stringify(refused)).to.not.contain('open scale');
      expect(engine.log.filter(({ user }) => user === 'open scale')).to.not.be.empty;
      const log = JSON.stringify(engine.log);
      for (const secret of ['8675309', right.slice(6), 'uthorization: ']) expect(log).to.not.contain(secret);
    });
  });

  describe('basic, in the encodings of older clients', () => {
    const [username, password] = ['müller', 'pässwörd'];
    const start = (name: string, secret: string) => startTestEngine({ ENGINE_USERNAME: name, ENGINE_PASSWORD: secret });
    const list = (engine: TestEngine, bytes: Uint8Array) =>
      engine.request(DEPLOYMENTS, { headers: { Authorization: `Basic ${Buffer.from(bytes).toString('base64')}` } });

    it('takes Latin-1 and UTF-8, with accents composed or not, and no mixture of them', async () => {
      for (const configured of [password, password.normalize('NFD')]) {
        const engine = await start(username, configured);
        const right = `${username}:${password}`;
        const others = [
          Buffer.from(`${username}:passwörd`, 'latin1'),
          Buffer.from(`${username}:p?sswörd`, 'latin1'),
          Buffer.concat([Buffer.from(`${username}:`), Buffer.from(password, 'latin1')]),
          Buffer.from(`${username}:pässwör`, 'latin1'),
          Buffer.from(right, 'utf16le'),
        ];
        for (const bytes of [Buffer.from(right, 'latin1'), Buffer.from(right), Buffer.from(right.normalize('NFD'))])
          expect((await list(engine, bytes)).status).to.equal(200);
        for (const bytes of others) expect((await list(engine, bytes)).status).to.equal(401);
        await engine.stop();
      }
    });

    it('takes Windows-1252 for characters that Latin-1 does not have', async () => {
      const engine = await start('user', '€uro');
      expect((await list(engine, Buffer.from('user:\x80uro', 'latin1'))).status).to.equal(200);
      expect((await list(engine, Buffer.from('user:€uro', 'latin1'))).status).to.equal(401);
      await engine.stop();
    });
  });

  describe('none', () => {
    let engine: TestEngine;
    before(async () => (engine = await startTestEngine()));
    after(() => engine.stop());

    it('lets everyone in, with and without credentials', async () => {
      expect((await engine.request(DEPLOYMENTS)).status).to.equal(200);
      expect((await engine.score('iris', IRIS)).status).to.equal(200);
      const headers = { Authorization: toBasic('any:one') };
      expect((await engine.request(DEPLOYMENTS, { headers })).status).to.equal(200);
    });
  });
});
