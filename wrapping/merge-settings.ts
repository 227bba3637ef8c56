/** The settings of a deployment, or a part of them, as `deployment.json` writes them. */
export type Settings = Readonly<Record<string, unknown>>;

/** Settings with others laid over them, key by key at every depth. */
export function mergeSettings(below: Settings, above: Settings): Settings {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const before = merged[key];
    merged[key] = isSettings(before) && isSettings(value) ? mergeSettings(before, value) : value;
  }
  return merged;
}

/** Whether a value has settings of its own. */
export function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
