/** How many rows are sent at once. */
export const CLIENTS = 16;

/** What callers have been told of their rows. */
export class Rows {
  readonly accepted = new Set<string>();
  refused = 0;
  #next = 0;

  /** Sends rows until so many were accepted, each as often as it takes; those of each call have ids of their own. */
  async send(count: number, toUrl: () => string, onTrouble: () => Promise<void>): Promise<void> {
    const end = this.#next + count;
    const work = async () => {
      while (this.#next < end) {
        const id = `row-${this.#next++}`;
        while (!(await this.try(id, toUrl()))) await onTrouble();
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, work));
  }

  /** Sends a row once. Whether it was accepted. */
  async try(id: string, url: string): Promise<boolean> {
    const body = JSON.stringify({
      fields: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
      values: [[5.1, 3.5, 1.4, 0.2]],
    });
    const headers = { 'Content-Type': 'application/json', 'X-Scoring-Id': id };
    try {
      const response = await fetch(`${url}/v1/deployments/iris/predictions`, { method: 'POST', headers, body });
      await response.arrayBuffer();
      if (response.status === 503) this.refused += 1;
      else if (response.status !== 200) throw new RangeError(`an answer ${response.status}`);
      else this.accepted.add(id);
      return response.status === 200;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      return false;
    }
  }
}
