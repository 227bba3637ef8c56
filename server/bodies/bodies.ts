import { ArrivingBodies } from './arriving-bodies.ts';
import { BodyMemory } from './body-memory.ts';
import type { Configuration } from '../configuration.ts';

/** The limits on bodies: of those in memory, and of those that are arriving. */
export interface Bodies {
  readonly memory: BodyMemory;
  readonly arriving: ArrivingBodies;
}

/** Makes the limits on bodies. */
export function buildBodies({ bodyMemory }: Pick<Configuration, 'bodyMemory'>): Bodies {
  return { memory: new BodyMemory(bodyMemory), arriving: new ArrivingBodies() };
}
