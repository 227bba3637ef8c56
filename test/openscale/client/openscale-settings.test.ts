import { expect } from 'chai';
import {
  openScaleSettingsSchema,
  toAddress,
  toAuthentication,
  type OpenScaleSettings,
} from '../../../openscale/client/openscale-settings.ts';

const IAM = { type: 'iam', api_key: { variable: 'KEY' } };
const CPD = { type: 'cpd', username: 'me', password: { file: '/run/secrets/password' } };
const ZEROS = '00000000-0000-0000-0000-000000000000';
const parse = (settings: object): OpenScaleSettings => openScaleSettingsSchema.parse(settings);
const listProblems = (settings: object) =>
  openScaleSettingsSchema.safeParse(settings).error?.issues.map(({ path, message }) => [path.join('.'), message]);

describe('the settings of a connection to OpenScale', () => {
  for (const [settings, url, instance] of [
    [{}, 'https://api.aiopenscale.cloud.ibm.com', undefined],
    [{ region: 'eu-de' }, 'https://eu-de.api.aiopenscale.cloud.ibm.com', undefined],
    [{ url: 'https://cpd.example.com/' }, 'https://cpd.example.com', undefined],
    [{ url: 'https://cpd.example.com/openscale' }, 'https://cpd.example.com', undefined],
    [{ url: 'https://cpd.example.com/openscale/v2' }, 'https://cpd.example.com', undefined],
    [{ url: 'https://cpd.example.com/openscale/ab-1/v2/' }, 'https://cpd.example.com', 'ab-1'],
    [{ url: 'https://cpd.example.com/openscale/ab-1', instance: 'other' }, 'https://cpd.example.com', 'other'],
    [{ url: 'https://openscale/prefix' }, 'https://openscale/prefix', undefined],
  ] as const) {
    it(`have the address ${url} and the instance ${instance ?? 'to find'}: ${JSON.stringify(settings)}`, () => {
      expect(toAddress(parse({ authentication: IAM, ...settings }))).to.deep.equal({ url, instance });
    });
  }

  it('have the usual instance of Cloud Pak for Data, whose URL is that of its tokens, too', () => {
    const settings = parse({ url: 'https://cpd.example.com', authentication: CPD });
    expect(toAddress(settings).instance).to.equal(ZEROS);
    expect(toAuthentication(settings, 'https://cpd.example.com')).to.deep.equal({
      ...CPD,
      url: 'https://cpd.example.com',
    });
  });

  for (const [settings, problem] of [
    [{ authentication: CPD }, ['url', 'url, which only IBM Cloud can do without']],
    [{ authentication: IAM, url: 'https://a.example', region: 'eu-de' }, ['', 'either url or region']],
    [
      { url: 'https://a.example', authentication: { ...CPD, api_key: { variable: 'KEY' } } },
      ['authentication', 'either password or api_key'],
    ],
  ] as const) {
    it(`are rejected: ${problem[1]}`, () => {
      expect(listProblems(settings)).to.deep.include(problem);
    });
  }

  it('never hold a secret', () => {
    expect(listProblems({ authentication: { type: 'iam', api_key: 'secret' } })).to.have.length(1);
  });
});
