import type { Page } from 'playwright-core';

/** Adds to `faults` what goes wrong in the page from now on: what is thrown, and what the console says is an error. */
export function recordFaults(page: Page, faults: string[]): void {
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
}
