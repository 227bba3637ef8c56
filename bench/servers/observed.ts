/** The engine with metrics that can be switched off and on by SIGUSR2. Arguments: the folder of the deployments, a port. */
import { parseConfiguration } from '../../server/configuration.ts';
import { startEngine } from '../../server/engine.ts';
import { buildLog } from '../../server/log/log.ts';
import { EngineMetrics } from '../../server/metrics/engine-metrics.ts';

const [deployments = '', port = ''] = process.argv.slice(2);
const metrics = new EngineMetrics();
let isOn = true;
process.on('SIGUSR2', () => (isOn = !isOn));
const engine = await startEngine(parseConfiguration(process.env, { deployments, port }), buildLog('info'), {
  metrics: false,
  observers: [(exchange) => isOn && metrics.observe(exchange)],
});
process.once('SIGTERM', () => void engine.stop());
