import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { RunningApp } from './app.ts';
import { recordFaults } from './faults.ts';

/** The console of a running app, used as a person uses it. */
export class ConsolePage {
  readonly page: Page;
  readonly dataDir: string;
  /** What went wrong in the page so far. */
  readonly faults: string[] = [];

  private constructor(app: RunningApp) {
    this.page = app.page;
    this.dataDir = app.dataDir;
    recordFaults(app.page, this.faults);
  }

  /** Shows the console, and notes from now on what goes wrong in the page. */
  static async open(app: RunningApp): Promise<ConsolePage> {
    const ui = new ConsolePage(app);
    await app.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Console' }).click();
    return ui;
  }

  /** Shows the form for a new session. */
  async newSession(): Promise<void> {
    const tab = this.page.getByRole('tab', { name: 'New session' });
    if (await tab.isVisible()) await tab.click();
    await this.page.getByRole('heading', { name: 'New session' }).waitFor();
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** The last row of the transcript that holds a text. */
  row(text: string | RegExp): Locator {
    return this.page.getByRole('listitem').filter({ hasText: text }).last();
  }

  composer(): Locator {
    return this.page.getByLabel('What to send');
  }

  /** A text anywhere on the page. */
  text(words: string | RegExp): Locator {
    return this.page.getByText(words).first();
  }

  /** Where the session that is shown stands, such as `Connected`. */
  state(label: string): Locator {
    return this.page.getByRole('tabpanel').getByText(label, { exact: true }).first();
  }

  async choose(group: string, option: string): Promise<void> {
    await this.page.getByRole('group', { name: group }).getByText(option, { exact: true }).click();
  }

  async menu(name: string, item: string): Promise<void> {
    await this.button(name).click();
    await this.page.getByRole('menuitem', { name: item }).click();
  }

  async connect(port: number, host = '127.0.0.1', kind: 'TCP client' | 'UDP client' = 'TCP client'): Promise<void> {
    await this.choose('Kind', kind);
    await this.page.getByLabel('Host').fill(host);
    await this.page.getByLabel('Port', { exact: true }).fill(String(port));
    await this.button(kind === 'TCP client' ? 'Connect' : 'Open').click();
  }

  /** Opens a listener and gives its port; `answers` is how it answers by itself. */
  async listen(answers = 'You answer', kind: 'TCP listener' | 'UDP listener' = 'TCP listener'): Promise<number> {
    await this.choose('Kind', kind);
    await this.page.getByLabel('Port', { exact: true }).fill('0');
    await this.page.getByRole('radio', { name: answers, exact: true }).check();
    await this.button('Listen').click();
    return this.listeningPort();
  }

  /** The port of the listener that is shown, once it has begun to listen so many times. */
  async listeningPort(times = 1): Promise<number> {
    const beginnings = this.page.getByText(/^Listening on 127\.0\.0\.1:\d+/);
    const said = await beginnings.nth(times - 1).innerText();
    return Number(/:(\d+)/.exec(said)?.[1]);
  }

  /** Sends what is typed, once something is connected. */
  async send(text: string): Promise<void> {
    await this.composer().fill(text);
    await this.page.getByRole('button', { name: 'Send', exact: true, disabled: false }).waitFor();
    await this.composer().press('Enter');
  }

  /** Exports the session that is shown, and gives the bytes of the file. */
  async exported(format: string, name: string): Promise<Buffer> {
    const path = join(this.dataDir, name);
    await this.menu('More for this session', 'Export…');
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('radio', { name: format, exact: true }).check();
    const file = dialog.getByLabel('File');
    // The suggested name may come between what `fill` does first, selecting all, and its typing.
    await expect.poll(() => file.fill(path).then(() => file.inputValue())).toBe(path);
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    return readFile(path);
  }

  /** What was copied last. */
  clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }
}
