import { expect } from 'chai';
import { SETTINGS, toVariable, type SettingName } from '../../server/settings.ts';
import { findUnknownVariables } from '../../server/unknown-variables.ts';

describe('variables of the environment', () => {
  it('are known if they are settings, of another program, or of Kubernetes', () => {
    const known = [
      ...(Object.keys(SETTINGS) as SettingName[]).map(toVariable),
      'ENGINE_WORKER_NUMBER',
      'ENGINE',
      'MY_ENGINE_PORT',
      'ENGINE_SERVICE_HOST',
      'ENGINE_SERVICE_PORT_HTTP',
      'ENGINE_PORT_8080_TCP',
      'ENGINE_PORT_8080_TCP_ADDR',
    ];
    expect(findUnknownVariables(Object.fromEntries(known.map((name) => [name, '1'])))).to.deep.equal([]);
  });

  it('are named if they are not, with the setting that is nearest, if one is near', () => {
    const names = [
      'ENGINE_PASWORD',
      'ENGINE_DEPLOYMENT',
      'ENGINE_TLS_CERTIFICATE',
      'ENGINE_MAXBODY',
      'ENGINE_COLOUR_OF_THE_SKY',
    ];
    expect(findUnknownVariables(Object.fromEntries(names.map((name) => [name, 'canary'])))).to.deep.equal([
      { variable: 'ENGINE_COLOUR_OF_THE_SKY' },
      { variable: 'ENGINE_DEPLOYMENT', nearest: 'ENGINE_DEPLOYMENTS' },
      { variable: 'ENGINE_MAXBODY', nearest: 'ENGINE_MAX_BODY' },
      { variable: 'ENGINE_PASWORD', nearest: 'ENGINE_PASSWORD' },
      { variable: 'ENGINE_TLS_CERTIFICATE' },
    ]);
  });
});
