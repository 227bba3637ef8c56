/** The engine with metrics or without. Arguments: true or false, the folder of the deployments, a port. */
import { parseConfiguration } from '../../server/configuration.ts';
import { startEngine } from '../../server/engine.ts';
import { buildLog } from '../../server/log.ts';

const [isObserved, deployments = '', port = ''] = process.argv.slice(2);
const engine = await startEngine(parseConfiguration(process.env, { deployments, port }), buildLog('info'), {
  metrics: isObserved === 'true',
});
process.once('SIGTERM', () => void engine.stop());
