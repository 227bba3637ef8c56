/** All that OpenScale is told of a deployment: what `register` writes to files, and `register --apply` sends. */
import type { Container, ServiceProviderBody, SubscriptionBody } from './bodies.ts';
import type { CustomMonitor } from './custom-monitors.ts';
import { toCurlScript } from './curl-script.ts';
import type { MonitorBody, SkippedMonitor } from './monitors.ts';
import { toPythonProgram } from './python-program.ts';
import type { ArchiveMember } from './read-archive.ts';

export interface Registration {
  /** The id of the deployment. */
  readonly id: string;
  readonly provider: ServiceProviderBody;
  readonly subscription: SubscriptionBody;
  readonly monitors: readonly MonitorBody[];
  readonly skipped: readonly SkippedMonitor[];
  readonly container: Container | undefined;
  /** Archives to upload before the monitors are created. */
  readonly archives: Readonly<Partial<Record<ArchiveMember, Buffer>>>;
  /** Monitors whose metrics the engine computes. */
  readonly customMonitors?: readonly CustomMonitor[];
}

/** The files of a registration, by name. */
export function toFiles(registration: Registration): {
  readonly bodies: Readonly<Record<string, unknown>>;
  readonly programs: Readonly<Record<string, string>>;
} {
  const { provider, subscription, monitors, customMonitors = [] } = registration;
  return {
    bodies: {
      'service-provider.json': provider,
      'subscription.json': subscription,
      'monitors.json': monitors,
      ...(customMonitors.length > 0 && { 'custom-monitors.json': customMonitors }),
    },
    programs: { 'register.py': toPythonProgram(registration), 'register.sh': toCurlScript(registration) },
  };
}
