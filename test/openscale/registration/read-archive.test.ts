import { expect } from 'chai';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CommandError } from '../../../errors/command-error.ts';
import { readArchive, readConfigurationArchive } from '../../../openscale/registration/read-archive.ts';
import { catchError } from '../../support/deployment.ts';
import { toArchive, toConfigurationArchive } from '../../support/tar.ts';

const read = (bytes: Buffer) => readConfigurationArchive(bytes, 'a.tar.gz');
const fail = async (bytes: Buffer) =>
  (await catchError(CommandError, () => Promise.resolve().then(() => read(bytes)))).message;

/** An archive whose first name has another letter. */
function damage(bytes: Buffer): Buffer {
  const tar = gunzipSync(bytes);
  tar[0] = 0x78;
  return gzipSync(tar);
}

describe('a configuration archive', () => {
  it('has the parameters of monitors, and the archives as they are', () => {
    const bytes = toConfigurationArchive({
      './fairness_statistics.json': JSON.stringify({ parameters: { min_records: 3 }, thresholds: [] }),
    });
    const archive = read(bytes);
    expect(archive.commonConfiguration).to.deep.equal({ label_column: 'risk' });
    expect(archive.fairness).to.deep.equal({ parameters: { min_records: 3 }, thresholds: [] });
    expect(archive.explainability).to.deep.equal({ lime: { enabled: true } });
    const drift = archive.members['drift_v2_archive.tar.gz'] as Buffer;
    expect([...readArchive(drift, 'd').keys()]).to.deep.equal(['summary.json']);
  });

  it('may have no groups, no explanations and no drift', () => {
    const archive = read(toArchive({ 'common_configuration.json': '{}' }));
    expect(archive).to.deep.equal({
      commonConfiguration: {},
      fairness: undefined,
      explainability: undefined,
      members: {},
    });
    expect(read(toConfigurationArchive()).fairness).to.equal(undefined);
  });

  it('may have explanations without a configuration', () => {
    const explainability = toArchive({ 'training_statistics.json': '{}' });
    expect(read(toConfigurationArchive({ './explainability.tar.gz': explainability })).explainability).to.deep.equal(
      {},
    );
  });

  it('may have headers that describe other members', () => {
    const pax = gunzipSync(toArchive({ PaxHeader: '30 mtime=1700000000.12345678901\n' }, 'x')).subarray(0, 1024);
    const bytes = gzipSync(Buffer.concat([pax, gunzipSync(toConfigurationArchive())]));
    expect(read(bytes).commonConfiguration).to.deep.equal({ label_column: 'risk' });
  });

  for (const [what, bytes, message] of [
    ['no gzip', Buffer.from('{}'), /^a\.tar\.gz: expected a tar archive in gzip/],
    ['no tar', gzipSync(Buffer.alloc(2000, 'x')), /expected a tar archive in gzip, and all of it/],
    [
      'cut off',
      gzipSync(gunzipSync(toArchive({ 'common_configuration.json': 'x'.repeat(600) })).subarray(0, 1024)),
      /and all of it/,
    ],
    ['damaged', damage(toConfigurationArchive()), /expected a tar archive in gzip, and all of it/],
    ['something else', toArchive({ 'model.pkl': 'x' }), /has no common_configuration\.json: expected a configuration/],
    [
      'no JSON',
      toArchive({ 'common_configuration.json': 'canary' }),
      /^common_configuration\.json of a\.tar\.gz: expected a JSON object\.$/,
    ],
    ['a number', toArchive({ 'common_configuration.json': '1' }), /expected a JSON object/],
    [
      'groups without parameters',
      toArchive({ 'common_configuration.json': '{}', 'fairness_statistics.json': '{"features": []}' }),
      /fairness_statistics\.json of a\.tar\.gz: expected parameters/,
    ],
    [
      'a member that is no archive',
      toConfigurationArchive({ './explainability.tar.gz': 'x' }),
      /^explainability\.tar\.gz of a\.tar\.gz: expected a tar archive/,
    ],
  ] as const) {
    it(`is rejected: ${what}`, async () => {
      expect(await fail(bytes)).to.match(message);
    });
  }
});
