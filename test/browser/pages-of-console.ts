/** The pages that the engine has for people: what holds for each is tried on each. */
import type { Page } from 'playwright-core';

export interface PageOfConsole {
  readonly name: string;
  /** Opens it, and waits until it shows what it is for. */
  readonly open: (page: Page, url: string) => Promise<void>;
  /** Whether it is there only where there is a password. */
  readonly isGuarded?: boolean;
  /** Whether it is another project's, such as Swagger UI. */
  readonly isForeign?: boolean;
}

const openDeploymentPage = (id: string) => async (page: Page, url: string) => {
  await page.goto(`${url}/#/deployments/${id}`);
  await page.getByRole('region', { name: 'Answer' }).getByText(/\d/).first().waitFor();
};

export const PAGES: readonly PageOfConsole[] = [
  {
    name: 'the list',
    open: async (page, url) => {
      await page.goto(`${url}/`);
      await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
    },
  },
  { name: 'a deployment', open: openDeploymentPage('penguins') },
  { name: 'a regression', open: openDeploymentPage('car-mileage') },
  {
    name: 'a deployment after ranking and scoring a table',
    open: async (page, url) => {
      await openDeploymentPage('penguin-sex')(page, url);
      await page.getByRole('button', { name: 'Rank the columns' }).click();
      await page.locator('ol > li').first().waitFor();
      await page.getByText('Show the figures').click();
    },
  },
  {
    name: 'the form to log in',
    isGuarded: true,
    open: async (page, url) => {
      await page.goto(`${url}/`);
      await page.getByLabel('Password').waitFor();
    },
  },
  {
    name: 'the contract',
    isForeign: true,
    open: async (page, url) => {
      await page.goto(`${url}/docs/`);
      await page.locator('.opblock').first().waitFor();
    },
  },
  {
    name: 'the web application of penguins',
    open: async (page, url) => {
      await page.goto(`${url}/apps/penguins/`);
      await page.getByRole('slider').first().waitFor();
      await page.getByText('%').first().waitFor();
    },
  },
];
