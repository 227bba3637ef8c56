import { expect } from 'chai';
import { CommandError } from '../../../errors/command-error.ts';
import { planMonitors, type MonitorChoices } from '../../../openscale/registration/monitors.ts';
import { catchError } from '../../support/deployment.ts';

const columns = ['age', 'sex'].map((name) => ({ name, type: 'string' as const, nullable: false }));
const STATISTICS = {
  common_configuration: {},
  explainability_configuration: { feature_columns: ['age', 'sex'] },
  fairness_configuration: { parameters: { min_records: 100 }, distributions: [], thresholds: [{ metric_id: 'f' }] },
};
const ARCHIVE = {
  commonConfiguration: {},
  fairness: { parameters: { min_records: 7 } },
  explainability: { shap: { enabled: true } },
  members: { 'drift_v2_archive.tar.gz': Buffer.from('d'), 'explainability.tar.gz': Buffer.from('e') },
};
const CHOICES: MonitorChoices = {
  file: { id: 'loan', problem_type: 'binary', columns },
  statistics: STATISTICS,
  archive: ARCHIVE,
  qualityThresholds: new Map(),
  explanations: [],
  isPreProduction: false,
  isHeadless: false,
};
const plan = (choices: Partial<MonitorChoices> = {}) => planMonitors({ ...CHOICES, ...choices });
const names = (choices: Partial<MonitorChoices> = {}) =>
  plan(choices).monitors.map(({ monitor_definition_id: name }) => name);
const find = (name: string, choices: Partial<MonitorChoices> = {}) =>
  plan(choices).monitors.find(({ monitor_definition_id }) => monitor_definition_id === name);
const why = (name: string, choices: Partial<MonitorChoices> = {}) =>
  plan(choices).skipped.find((skipped) => skipped.name === name)?.why;
const fail = async (choices: Partial<MonitorChoices>) =>
  (await catchError(CommandError, () => Promise.resolve().then(() => plan(choices)))).message;

describe('the monitors of a deployment', () => {
  it('are all that apply, in production and before it', () => {
    expect(names()).to.deep.equal(['performance', 'model_health', 'quality', 'fairness', 'explainability', 'drift_v2']);
    expect(why('mrm')).to.equal('it is only for --pre-production');
    expect(names({ isPreProduction: true })).to.deep.equal([
      'performance',
      'quality',
      'fairness',
      'explainability',
      'drift_v2',
      'mrm',
    ]);
  });

  it('are without statistics and archive the ones that need neither, and the others have a reason', () => {
    const bare = { statistics: undefined, archive: undefined };
    expect(names(bare)).to.deep.equal(['performance', 'model_health', 'quality']);
    expect(why('fairness', bare)).to.match(/--fairness and --favourable/);
    expect(why('explainability', bare)).to.match(/statistics of the training data/);
    expect(why('drift_v2', bare)).to.match(/--archive.*npx custom-ml-engine archive loan/);
  });

  it('are those that were named, and what OpenScale’s client adds by itself', async () => {
    expect(names({ names: ['quality'] })).to.deep.equal(['performance', 'model_health', 'quality']);
    expect(plan({ names: ['quality'] }).skipped).to.deep.equal([]);
    expect(await fail({ names: ['mrm'] })).to.equal(
      '--monitors: mrm cannot be created: it is only for --pre-production.',
    );
  });

  it('have the number of records that an evaluation needs', () => {
    for (const [minRecords, count] of [
      [undefined, 100],
      [50, 50],
    ] as const) {
      expect(find('quality', { minRecords })?.parameters).to.deep.equal({ min_feedback_data_size: count });
      expect(find('drift_v2', { minRecords })?.parameters).to.deep.equal({ train_archive: false, min_samples: count });
    }
  });

  it('warn when quality falls, or an error rises', () => {
    const qualityThresholds = new Map([
      ['accuracy', 0.8],
      ['log_loss', 0.5],
      ['mean_absolute_error', 3],
    ]);
    expect(find('quality', { qualityThresholds })?.thresholds).to.deep.equal([
      { metric_id: 'accuracy', type: 'lower_limit', value: 0.8 },
      { metric_id: 'log_loss', type: 'upper_limit', value: 0.5 },
      { metric_id: 'mean_absolute_error', type: 'upper_limit', value: 3 },
    ]);
    expect(find('quality')).to.not.have.property('thresholds');
  });

  it('have the groups of the statistics, or else of the archive', () => {
    expect(find('fairness')).to.deep.include({
      parameters: { min_records: 100, model_type: 'binary' },
      thresholds: [{ metric_id: 'f' }],
    });
    const archived = find('fairness', { statistics: undefined });
    expect(archived?.parameters).to.deep.equal({ min_records: 7, model_type: 'binary' });
    expect(archived).to.not.have.property('thresholds');
  });

  it('explain by the archive, or else by the statistics', () => {
    expect(find('explainability')).to.deep.include({
      parameters: { enabled: true, shap: { enabled: true } },
      skip_scheduler: true,
    });
    expect(find('explainability', { archive: undefined })?.parameters).to.deep.equal({
      enabled: true,
      training_statistics: STATISTICS.explainability_configuration,
    });
    expect(why('explainability', { archive: undefined, isHeadless: true })).to.match(/scored perturbations/);
    expect(find('explainability', { isHeadless: true })).to.be.an('object');
  });

  it('explain as the user chose', async () => {
    const explain = (...explanations: MonitorChoices['explanations']) =>
      find('explainability', { explanations, archive: undefined });
    expect(explain('shap', 'global')).to.not.have.property('skip_scheduler');
    expect(explain('shap', 'global')?.parameters).to.deep.include({
      lime: { enabled: false },
      shap: { enabled: true },
      local_explanation_method: 'shap',
      global_explanation: { enabled: true, explanation_method: 'shap' },
    });
    expect(explain('lime', 'shap')?.parameters).to.deep.include({
      local_explanation_method: 'lime',
      global_explanation: { enabled: false },
    });
    expect(explain('contrastive')?.parameters).to.deep.include({
      lime: { enabled: true },
      controllable_features: ['age', 'sex'],
    });
    const chosen = find('explainability', { explanations: ['contrastive'], controllable: ['age'] });
    expect(chosen?.parameters).to.deep.include({ controllable_features: ['age'] });
    expect(await fail({ explanations: ['lime'], controllable: ['age'] })).to.match(/also needs --explanations/);
    expect(await fail({ explanations: ['contrastive'], controllable: ['wage'] })).to.match(
      /features of the deployment: age/,
    );
    expect(
      await fail({ explanations: ['contrastive'], file: { ...CHOICES.file, problem_type: 'regression' } }),
    ).to.match(/no contrastive explanations of a regression/);
  });
});
