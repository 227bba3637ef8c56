import { expect } from 'chai';
import { toResource } from '../../handlers/deployment-resource.ts';
import { toFile } from '../support/deployment.ts';

const publish = (keys: object) => {
  const deployment = { file: toFile(keys), version: '3f8a0c1d92be', hasProbabilities: false };
  return toResource(deployment, 'https://models.example.com').entity.asset_properties;
};

describe('the resource of a deployment', () => {
  it('publishes the type of its data only if OpenScale evaluates it on custom engines', () => {
    expect(publish({})).to.include({ input_data_type: 'structured' });
    for (const input_data_type of ['unstructured_text', 'unstructured_image'])
      expect(publish({ input_data_type }))
        .to.include({ problem_type: 'regression' })
        .and.not.have.key('input_data_type');
  });
});
