import { expect } from 'chai';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';

const PAGE = 'https://app.example.com';
const PATH = '/v1/deployments/iris/online';
const PREFLIGHT = {
  Origin: PAGE,
  'Access-Control-Request-Method': 'POST',
  'Access-Control-Request-Headers': 'authorization,content-type',
};

describe('cross-origin resource sharing', () => {
  let engine: TestEngine;
  afterEach(() => engine.stop());
  const start = async (environment: Record<string, string>) => (engine = await startTestEngine(environment));
  const ask = (headers: Record<string, string>, method = 'GET', path = '/v1/deployments') =>
    fetch(engine.url + path, { method, headers });

  it('is off by default: no header, and a preflight is a method that the path does not have', async () => {
    await start({});
    const { headers } = await ask({ Origin: PAGE });
    expect(headers.get('access-control-allow-origin')).to.equal(null);
    expect((await ask(PREFLIGHT, 'OPTIONS', PATH)).status).to.equal(405);
  });

  it('lets pages of the configured origins read every reply, errors too', async () => {
    await start({ ENGINE_CORS_ORIGINS: `http://localhost:3000, ${PAGE}`, ENGINE_USERNAME: 'u', ENGINE_PASSWORD: 'p' });
    for (const path of ['/v1/deployments', '/health/ready', '/nothing']) {
      for (const origin of [PAGE, 'http://localhost:3000']) {
        const { headers } = await ask({ Origin: origin }, 'GET', path);
        expect(headers.get('access-control-allow-origin')).to.equal(origin);
        expect(headers.get('vary')).to.equal('Origin');
        expect(headers.get('access-control-expose-headers'))
          .to.include('X-Request-Id')
          .and.include('X-Deployment-Version');
        expect(headers.get('access-control-allow-credentials')).to.equal(null);
      }
    }
  });

  it('answers a preflight without credentials, which browsers never send with one', async () => {
    await start({ ENGINE_CORS_ORIGINS: PAGE, ENGINE_USERNAME: 'u', ENGINE_PASSWORD: 'p' });
    const { status, headers } = await ask(PREFLIGHT, 'OPTIONS', PATH);
    expect(status).to.equal(204);
    expect(headers.get('access-control-allow-origin')).to.equal(PAGE);
    expect(headers.get('access-control-allow-methods')).to.equal('GET,HEAD,POST');
    expect(headers.get('access-control-allow-headers')).to.equal('authorization,content-type');
  });

  it('allows no other origin', async () => {
    await start({ ENGINE_CORS_ORIGINS: PAGE });
    for (const origin of ['https://app.example.com.evil.example', 'http://app.example.com', 'null', `${PAGE}:8443`]) {
      expect((await ask({ Origin: origin })).headers.get('access-control-allow-origin'), origin).to.equal(null);
      const preflight = await ask({ ...PREFLIGHT, Origin: origin }, 'OPTIONS', PATH);
      expect(preflight.headers.get('access-control-allow-origin'), origin).to.equal(null);
    }
  });

  it('changes nothing for OPTIONS that is no preflight', async () => {
    await start({ ENGINE_CORS_ORIGINS: PAGE });
    expect((await ask({ Origin: PAGE }, 'OPTIONS', PATH)).status).to.equal(405);
  });
});
