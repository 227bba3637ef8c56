/** The settings of a deployment, or a part of them, as in `deployment.json`. */
export type Settings = Readonly<Record<string, unknown>>;

/** Merges settings recursively; those in `above` win. */
export function mergeSettings(below: Settings, above: Settings): Settings {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const before = merged[key];
    merged[key] = isSettings(before) && isSettings(value) ? mergeSettings(before, value) : value;
  }
  return merged;
}

/** Whether a value is an object of settings. */
export function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
