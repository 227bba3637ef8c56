import { expect } from 'chai';
import { SAMPLE_IDS, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { IRIS } from '../../support/healthy.ts';
import { sendRaw, toHead } from '../../support/raw.ts';

const LIST = '/v1/deployments';
const ITEM = '/v1/deployments/iris';

describe('the URLs that are published', () => {
  let engine: TestEngine;
  afterEach(() => engine.stop());

  const start = async (environment: Record<string, string> = {}) => (engine = await startTestEngine(environment));

  /** The base of the published URLs; they all have the same, by the first expectation. */
  const getBase = async (headers: Record<string, string> = {}, path = ITEM) => {
    const { status, body, error } = await sendRaw(engine.url, toHead('GET', path, headers), 'GET', ITEM);
    if (status !== 200) return error?.message;
    const base = body.metadata.url.slice(0, -ITEM.length);
    const { scoring_url, scoring_endpoint, asset } = body.entity;
    expect([body.metadata.url, asset.url]).to.deep.equal([`${base}${ITEM}`, `${base}${ITEM}`]);
    expect([scoring_url, scoring_endpoint.url]).to.deep.equal([`${base}${ITEM}/online`, `${base}${ITEM}/online`]);
    return base;
  };

  const FORWARDED = {
    Host: 'inner:8080',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'outer.example',
    'X-Forwarded-Prefix': '/engines/one/',
  };

  it('begin with the Host of the request', async () => {
    await start();
    for (const host of ['example.com', 'example.com:8443', '127.0.0.1:1', '[::1]:8080', 'my_host', 'EXAMPLE'])
      expect(await getBase({ Host: host })).to.equal(`http://${host}`);
  });

  it('begin so in the list as well, whoever asked before', async () => {
    await start();
    for (const host of ['one.example', 'two.example', 'two.example', 'one.example']) {
      const { body } = await sendRaw(engine.url, toHead('GET', LIST, { Host: host }), 'GET', LIST);
      for (const { metadata, entity } of body.resources)
        expect([metadata.url, entity.scoring_url]).to.deep.equal(
          ['', '/online'].map((end) => `http://${host}/v1/deployments/${metadata.guid}${end}`),
        );
    }
  });

  it('do not heed X-Forwarded headers from just anyone', async () => {
    await start();
    expect(await getBase(FORWARDED)).to.equal('http://inner:8080');
  });

  describe('behind a proxy that is trusted (ENGINE_TRUST_PROXY)', () => {
    for (const trusted of ['loopback', '1', '127.0.0.0/8', '10.0.0.1, 127.0.0.1']) {
      it(`begin with what it forwards, as ${trusted}`, async () => {
        await start({ ENGINE_TRUST_PROXY: trusted });
        expect(await getBase(FORWARDED)).to.equal('https://outer.example/engines/one');
      });
    }

    const HOSTS = {
      'X-Forwarded-Proto': 'https, https, http',
      'X-Forwarded-Host': 'evil.example, outer.example , inner.example',
    };
    const HOPS: readonly (readonly [trusted: string, callers: string | undefined, base: string])[] = [
      ['loopback', undefined, 'http://inner.example'],
      ['loopback', '192.0.2.1', 'http://inner.example'],
      ['loopback', '192.0.2.1, 10.0.0.2', 'http://inner.example'],
      ['loopback, 10.0.0.0/8', '192.0.2.1, 10.0.0.2', 'https://outer.example'],
      ['loopback, 10.0.0.0/8', '192.0.2.1:4711, 10.0.0.2:4711', 'https://outer.example'],
      ['loopback, fd00::/8', '192.0.2.1, [fd00::2]:4711', 'https://outer.example'],
      ['loopback, fd00::/8', '192.0.2.1, fd00::2', 'https://outer.example'],
      // What a caller writes before the addresses that proxies add counts for nothing.
      ['loopback, 10.0.0.0/8', '10.0.0.3, 192.0.2.1, 10.0.0.2', 'https://outer.example'],
      ['2', '192.0.2.1, 10.0.0.2', 'https://outer.example'],
      ['1', '192.0.2.1, 10.0.0.2', 'http://inner.example'],
    ];
    for (const [trusted, callers, base] of HOPS) {
      it(`begin with what the first trusted proxy of several has seen: ${trusted}; ${callers}`, async () => {
        await start({ ENGINE_TRUST_PROXY: trusted });
        expect(await getBase({ ...HOSTS, ...(callers !== undefined && { 'X-Forwarded-For': callers }) })).to.equal(
          base,
        );
      });
    }

    it('begin with the one host where proxies replace it', async () => {
      await start({ ENGINE_TRUST_PROXY: 'loopback, 10.0.0.0/8' });
      expect(await getBase({ ...FORWARDED, 'X-Forwarded-For': '192.0.2.1, 10.0.0.2' })).to.equal(
        'https://outer.example/engines/one',
      );
    });

    it('begin with the Host where it forwards nothing', async () => {
      await start({ ENGINE_TRUST_PROXY: 'loopback' });
      expect(await getBase({ Host: 'inner:8080' })).to.equal('http://inner:8080');
      expect(await getBase({ Host: 'inner:8080', 'X-Forwarded-Proto': 'javascript' })).to.equal('http://inner:8080');
    });

    const SPELLINGS: readonly (readonly [string, Record<string, string>, string])[] = [
      ['a protocol in capitals', { 'X-Forwarded-Proto': 'HTTPS' }, 'https://inner.example'],
      ['a port', { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '8443' }, 'https://inner.example:8443'],
      [
        'the port of the protocol',
        { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '443' },
        'https://inner.example',
      ],
      ['the port of another protocol', { 'X-Forwarded-Port': '443' }, 'http://inner.example:443'],
      ['a host with a port, and another port', { 'X-Forwarded-Host': 'a:81', 'X-Forwarded-Port': '82' }, 'http://a:81'],
      ['an address of IPv6 and a port', { 'X-Forwarded-Host': '[::1]', 'X-Forwarded-Port': '82' }, 'http://[::1]:82'],
      [
        'Forwarded',
        { Forwarded: 'for=192.0.2.60;proto=https;host="outer.example:8443"' },
        'https://outer.example:8443',
      ],
      ['Forwarded in capitals', { Forwarded: 'Proto=HTTPS; Host=outer.example' }, 'https://outer.example'],
      ['Forwarded twice', { Forwarded: 'host=evil.example;proto=http, host=b;proto=https' }, 'https://b'],
      [
        'Forwarded by two trusted proxies',
        { Forwarded: 'host=evil.example, for=192.0.2.1;host=outer.example;proto=https, for="[::1]:80";host=b' },
        'https://outer.example',
      ],
      ['both', { Forwarded: 'host=b;proto=http', 'X-Forwarded-Proto': 'https' }, 'https://b'],
    ];
    for (const [what, headers, base] of SPELLINGS) {
      it(`heed ${what}`, async () => {
        await start({ ENGINE_TRUST_PROXY: 'loopback' });
        expect(await getBase({ Host: 'inner.example', ...headers })).to.equal(base);
      });
    }

    it('are refused (400) where a port or Forwarded is malformed', async () => {
      await start({ ENGINE_TRUST_PROXY: 'loopback' });
      for (const port of ['https', '0', '65536', '99999', '-1', '80 80'])
        expect(await getBase({ 'X-Forwarded-Port': port }), port).to.equal('X-Forwarded-Port: expected a port.');
      for (const host of ['a:0', 'a:65536', '[::1]:99999'])
        expect(await getBase({ 'X-Forwarded-Host': host }), host).to.equal('Host: expected a host name or an address.');
      expect(await getBase({ Forwarded: 'proto=a b' })).to.equal('Forwarded: expected the syntax of RFC 7239.');
      expect(await getBase({ Forwarded: 'host="a b"' })).to.equal('Host: expected a host name or an address.');
    });

    it('may have a prefix with dots that are no segments', async () => {
      await start({ ENGINE_TRUST_PROXY: 'loopback' });
      for (const prefix of ['/...', '/.a', '/a.', '/v1.2', '/..a/b..'])
        expect(await getBase({ Host: 'a', 'X-Forwarded-Prefix': prefix })).to.equal(`http://a${prefix}`);
    });

    it('do not heed another proxy', async () => {
      await start({ ENGINE_TRUST_PROXY: '10.0.0.0/8' });
      expect(await getBase(FORWARDED)).to.equal('http://inner:8080');
      expect(await getBase({ Host: 'inner:8080', Forwarded: 'host=b;proto=https' })).to.equal('http://inner:8080');
    });

    it('are refused (400) where it forwards what is no host and no path', async () => {
      await start({ ENGINE_TRUST_PROXY: 'loopback' });
      expect(await getBase({ ...FORWARDED, 'X-Forwarded-Host': 'a b' })).to.equal(
        'Host: expected a host name or an address.',
      );
      for (const prefix of [
        'engines',
        '//other.example',
        '/a b',
        '/a?b',
        '/"',
        '/..',
        '/.',
        '/a/../b',
        '/a/./b',
        '/a/..',
        '/../',
        '/%2e%2e',
        '/a\\..',
      ])
        expect(await getBase({ ...FORWARDED, 'X-Forwarded-Prefix': prefix }), prefix).to.equal(
          'X-Forwarded-Prefix: expected a path without dot segments.',
        );
    });
  });

  describe('with a public URL (ENGINE_PUBLIC_URL)', () => {
    it('begin with it, whatever the request says', async () => {
      await start({ ENGINE_PUBLIC_URL: 'https://public.example', ENGINE_TRUST_PROXY: 'loopback' });
      expect(await getBase()).to.equal('https://public.example');
      expect(await getBase(FORWARDED)).to.equal('https://public.example');
      expect(await getBase({ Host: 'a b' })).to.equal('https://public.example');
    });

    for (const url of ['https://public.example/spaces/one', 'https://public.example/spaces/one/']) {
      it(`keep its prefix, with which and without which every route works: ${url}`, async () => {
        await start({ ENGINE_PUBLIC_URL: url });
        const base = 'https://public.example/spaces/one';
        for (const prefix of ['', '/spaces/one']) {
          expect(await getBase({}, `${prefix}${ITEM}`)).to.equal(base);
          expect((await engine.request(`${prefix}/v1/deployments`)).body.count).to.equal(SAMPLE_IDS.length);
          expect((await engine.request(`${prefix}${ITEM}/online`, { method: 'POST', body: IRIS })).status).to.equal(
            200,
          );
          expect((await engine.request(`${prefix}/health/ready`)).status).to.equal(200);
          expect((await engine.request(`${prefix}${ITEM}?query=1`)).status).to.equal(200);
          expect((await engine.request(`${prefix}/nothing`)).status).to.equal(404);
        }
      });
    }

    it('have no other prefix', async () => {
      await start({ ENGINE_PUBLIC_URL: 'https://public.example/spaces/one' });
      for (const path of ['/spaces/two', '/spaces', '/spaces/oneself', '/spaces/one/spaces/one'])
        expect((await engine.request(`${path}${ITEM}`)).status, path).to.equal(404);
    });
  });
});
