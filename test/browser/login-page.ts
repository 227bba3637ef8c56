/** The form to log in with, as its users find their way in it. */
import type { Page } from 'playwright-core';

export const CREDENTIALS = { username: 'openscale', password: 'for these journeys' };
export const SETTINGS = { ENGINE_USERNAME: CREDENTIALS.username, ENGINE_PASSWORD: CREDENTIALS.password };
export const AUTHORIZATION = `Basic ${Buffer.from(Object.values(CREDENTIALS).join(':')).toString('base64')}`;

/** Fills the form in, and sends it. */
export async function logIn(page: Page, password = CREDENTIALS.password): Promise<void> {
  await page.getByLabel('User name').fill(CREDENTIALS.username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}
