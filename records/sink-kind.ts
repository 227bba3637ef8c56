import type { z } from 'zod';
import type { Sink } from './sink.ts';

/** A kind of sink: what its settings are, and how it is opened. */
export interface SinkKind<Settings> {
  /** Checks and completes the settings, without `type`, `name` and what every sink has (payload-log-settings.ts). */
  readonly schema: z.ZodType<Settings>;
  /** Opens a sink; no record is sent yet. Throws an Error that names each problem. */
  open(settings: Settings, name: string): Promise<Sink>;
}
