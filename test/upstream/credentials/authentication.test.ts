import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { json } from '../../../remote/adapters/json.ts';
import { toRemoteKind } from '../../../remote/remote-kind.ts';
import { setVariables } from '../../support/set-variables.ts';
import { catchError, toSource } from '../../support/deployment.ts';

/** The problems of a deployment with this authentication. */
async function listProblems(authentication: object): Promise<readonly string[]> {
  const source = toSource({ settings: { url: 'http://127.0.0.1:9', authentication } }, {});
  return (await catchError(DeploymentError, () => toRemoteKind(json).load(source))).problems;
}

const PLACE = 'deployment.json.settings.authentication';

describe('the setting `authentication`', () => {
  it('is rejected at load if it names a variable that is not set or empty', async () => {
    const undo = setVariables({ UNSET_OF_TEST: undefined, EMPTY_OF_TEST: '' });
    const toProblem = (key: string, name: string) =>
      `${PLACE}.${key}.variable: expected a variable that is set; ${name} is not`;
    const unset = { variable: 'UNSET_OF_TEST' };
    expect(await listProblems({ type: 'bearer', token: unset })).to.deep.equal([toProblem('token', 'UNSET_OF_TEST')]);
    expect(await listProblems({ type: 'iam', api_key: { variable: 'EMPTY_OF_TEST' } })).to.deep.equal([
      toProblem('api_key', 'EMPTY_OF_TEST'),
    ]);
    expect(await listProblems({ type: 'google', key: unset })).to.deep.equal([toProblem('key', 'UNSET_OF_TEST')]);
    undo();
  });

  it('is accepted at load if it names a file, which may appear later', async () => {
    const authentication = { type: 'bearer', token: { file: '/nowhere/token' } };
    const source = toSource({ settings: { url: 'http://127.0.0.1:9', authentication } }, {});
    expect(await toRemoteKind(json).load(source)).to.have.property('model');
  });

  it('lists the valid values', async () => {
    expect(await listProblems({ type: 'magic' })).to.deep.equal([
      `${PLACE}.type: expected one of "bearer", "basic", "header", "iam", "cpd", "mcsp", "oauth2", "google", "aws"`,
    ]);
    expect(await listProblems({ type: 'aws', region: 'eu.evil.example' })).to.deep.equal([
      `${PLACE}.region: expected the name of a region, such as eu-central-1`,
    ]);
    expect(await listProblems({ type: 'iam', api_key: { file: '/key' }, url: 'ftp://iam.example' })).to.deep.equal([
      `${PLACE}.url: expected an http or https URL without credentials and fragment`,
    ]);
  });
});
