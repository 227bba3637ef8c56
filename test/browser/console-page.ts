/** The console as its users find their way in it: by roles, names and labels. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'chai';
import { until } from '../support/until.ts';

/** An answer of the contract to a table. */
export interface ScoredTable {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  readonly labels?: readonly string[];
}

/** Opens the list, and a deployment from it. */
export async function openDeployment(page: Page, url: string, name: string): Promise<void> {
  await page.goto(`${url}/`);
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

/** The region with the answer to the row of the form. */
export const findAnswer = (page: Page): Locator => page.getByRole('region', { name: 'Answer' });

/** The section below a heading of the second level. */
export const findSection = (page: Page, heading: string): Locator =>
  page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: heading, exact: true }) });

/** The percentages by label that the answer shows; waits until there is one of each. */
export async function readPercentages(page: Page, labels: readonly string[]): Promise<number[]> {
  let found: number[] = [];
  await until(`the answer has a percentage of each of ${labels.join(', ')}`, async () => {
    const text = (await findAnswer(page).innerText()).replace(/\s+/g, ' ');
    found = labels.map((label) => toPercentage(text, label));
    return found.every((percentage) => !Number.isNaN(percentage));
  });
  return found;
}

function toPercentage(text: string, label: string): number {
  const pattern = new RegExp(`${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\W*?([\\d.]+) ?%`, 'g');
  return Number([...text.matchAll(pattern)].at(-1)?.[1] ?? Number.NaN);
}

/** The row of the form: the value of each field, as the contract takes it. */
export async function readForm(page: Page, fields: readonly string[]): Promise<unknown[]> {
  const form = findSection(page, 'Score a row');
  const row: unknown[] = [];
  for (const field of fields) {
    const input = form.getByLabel(field, { exact: true }).first();
    const value = await input.inputValue();
    const isNumber = (await input.getAttribute('type')) === 'number';
    row.push(value === '' ? null : isNumber ? Number(value) : value);
  }
  return row;
}

/** Scores a table through the contract, without the console. */
export async function scoreDirectly(
  url: string,
  id: string,
  table: { readonly fields: readonly string[]; readonly values: readonly (readonly unknown[])[] },
  headers: Readonly<Record<string, string>> = {},
): Promise<ScoredTable> {
  const response = await fetch(`${url}/v1/deployments/${id}/online`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(table),
  });
  const text = await response.text();
  expect(response.status, text).to.equal(200);
  return JSON.parse(text) as ScoredTable;
}

/** The probabilities of each row of an answer, in percent. */
export function toPercentages({ fields, values }: ScoredTable): number[][] {
  const at = fields.indexOf('probability');
  return values.map((row) => (row[at] as number[]).map((probability) => probability * 100));
}

/** Holds percentages that are shown, rounded, against others. */
export function expectClose(shown: readonly number[], actual: readonly number[], what: string): void {
  expect(shown.length, what).to.equal(actual.length);
  for (const [index, number] of shown.entries()) expect(number, what).to.be.closeTo(actual[index] as number, 0.51);
}
