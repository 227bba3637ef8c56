/** The counts of a tally as text: `200 × 413, 3 × cut`. */
export function formatTally(tally: Readonly<Record<string, number>> | ReadonlyMap<unknown, number>): string {
  const entries = tally instanceof Map ? [...(tally as ReadonlyMap<unknown, number>)] : Object.entries(tally);
  return (
    entries.map(([outcome, count]) => `${count} × ${outcome === 0 ? 'cut' : String(outcome)}`).join(', ') || 'nothing'
  );
}
